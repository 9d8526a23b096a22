import { useState } from 'react';
import { api, fieldErrors, ok, type TrunkView, type WorkspaceView } from '@/kit/api';
import { phone } from '@/kit/format';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { numbers } from '@/text/en/numbers';
import { newNumber, NumberFields, numberPointers, type NumberDraft } from './NumberFields';

const text = numbers.give;

interface Props {
  workspace: WorkspaceView;
  trunks: readonly TrunkView[];
  onClose: () => void;
}

/** Gives a workspace a number on a managed trunk, and with it the use of that trunk. */
export function GiveNumberDialog({ workspace: { id, name }, trunks, onClose }: Props) {
  const managed = trunks.filter(({ kind }) => kind === 'managed');
  const [draft, setDraft] = useState<NumberDraft>({ number: '', label: '', trunk: managed[0]?.id ?? null });
  const give = useChange(
    () => ok(api.POST('/v1/operator/workspaces/{id}/phone-numbers', { params: { path: { id } }, body: newNumber(draft) })),
    {
      touches: [['operator', 'workspaces', id], ['phone-numbers']],
      done: ({ phone_number }) => text.done(phone(phone_number), name),
      then: onClose,
    },
  );
  const errors = fieldErrors(give.error, numberPointers);
  return (
    <FormDialog
      title={text.title(name)}
      submit={text.submit}
      onClose={onClose}
      onSubmit={() => give.mutate(undefined)}
      busy={give.isPending}
      error={give.error}
      rest={errors.rest}
    >
      <NumberFields
        draft={draft}
        onChange={(change) => setDraft({ ...draft, ...change })}
        errors={errors}
        trunks={managed}
        trunkHelp={text.trunkHelp}
        noTrunks={text.noTrunks}
      />
    </FormDialog>
  );
}
