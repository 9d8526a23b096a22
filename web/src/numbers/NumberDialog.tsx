import { useState } from 'react';
import { useSession } from '@/kit';
import { api, fieldErrors, ok, type PhoneNumberView, type TrunkView } from '@/kit/api';
import { phone } from '@/kit/format';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { numbers as text } from '@/text/en/numbers';
import { newNumber, NumberFields, numberPointers, type NumberDraft } from './NumberFields';

interface Props {
  /** What is edited; undefined for a new one. */
  number: PhoneNumberView | undefined;
  trunks: readonly TrunkView[];
  onClose: () => void;
}

/** Adds a phone number, or changes its label and trunk. */
export function NumberDialog({ number, trunks, onClose }: Props) {
  const { scope } = useSession();
  // Only an operator gives out numbers on managed trunks; the one that a number is on stays a choice.
  const choices = trunks.filter(({ id, kind }) => kind === 'workspace' || scope === 'operator' || id === number?.trunk_id);
  const [draft, setDraft] = useState<NumberDraft>({
    number: '',
    label: number?.label ?? '',
    trunk: number ? (number.trunk_id ?? null) : (choices[0]?.id ?? null),
  });
  const save = useChange(
    () =>
      number
        ? ok(api.PATCH('/v1/phone-numbers/{id}', { params: { path: { id: number.id } }, body: { label: draft.label, trunk_id: draft.trunk } }))
        : ok(api.POST('/v1/phone-numbers', { body: newNumber(draft) })),
    {
      touches: [['phone-numbers']],
      done: (saved) => (number ? text.edit.done : text.add.done)(phone(saved.phone_number)),
      then: onClose,
    },
  );
  const errors = fieldErrors(save.error, numberPointers);
  return (
    <FormDialog
      title={number ? text.edit.title(phone(number.phone_number)) : text.add.title}
      submit={number ? text.edit.submit : text.add.submit}
      onClose={onClose}
      onSubmit={() => save.mutate(undefined)}
      busy={save.isPending}
      error={save.error}
      rest={errors.rest}
    >
      <NumberFields
        draft={draft}
        onChange={(change) => setDraft({ ...draft, ...change })}
        errors={errors}
        trunks={choices}
        trunkHelp={number ? text.edit.trunkHelp : text.add.trunkHelp}
        noTrunks={text.add.noTrunks}
        edit={number !== undefined}
      />
    </FormDialog>
  );
}
