import { useState } from 'react';
import { ConfirmDialog } from '@/kit';
import { api, ok, type SuppressionView } from '@/kit/api';
import { phone } from '@/kit/format';
import { MayButton } from '@/kit/access/MayButton';
import { useChange } from '@/kit/form/useChange';
import { suppressions } from '@/text/en/settings/suppressions';

const text = suppressions.remove;

/** Lets a number be called again, after asking. */
export function RemoveButton({ suppression: { phone_number, source } }: { suppression: SuppressionView }) {
  const [asking, setAsking] = useState(false);
  const name = phone(phone_number);
  const remove = useChange(() => ok(api.DELETE('/v1/suppressions/{phone_number}', { params: { path: { phone_number } } })), {
    touches: [['suppressions']],
    done: () => text.done(name),
    then: () => setAsking(false),
  });
  return (
    <>
      <MayButton needs="admin" variant="subtle" color="gray" size="compact-xs" aria-label={`${text.button} ${name}`} onClick={() => setAsking(true)}>
        {text.button}
      </MayButton>
      <ConfirmDialog
        opened={asking}
        danger
        title={text.title(name)}
        confirm={text.confirm}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate(undefined)}
        busy={remove.isPending}
        error={remove.error}
      >
        {source === 'agent' && <strong>{text.agent} </strong>}
        {text.about}
      </ConfirmDialog>
    </>
  );
}
