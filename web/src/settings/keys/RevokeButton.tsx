import { useState } from 'react';
import { ConfirmDialog } from '@/kit';
import { api, ok } from '@/kit/api';
import { MayButton } from '@/kit/access/MayButton';
import { useChange } from '@/kit/form/useChange';
import { keys } from '@/text/en/settings/keys';

const text = keys.revoke;

/** Revokes a key for good, after asking. */
export function RevokeButton({ id, own }: { id: string; own: boolean }) {
  const [asking, setAsking] = useState(false);
  const revoke = useChange(() => ok(api.DELETE('/v1/api-keys/{id}', { params: { path: { id } } })), {
    touches: [['api-keys']],
    done: () => text.done(id),
    then: () => setAsking(false),
  });
  return (
    <>
      <MayButton needs="admin" variant="default" size="compact-xs" aria-label={`${text.button} ${id}`} onClick={() => setAsking(true)}>
        {text.button}
      </MayButton>
      <ConfirmDialog
        opened={asking}
        danger
        title={text.title(id)}
        confirm={text.button}
        onClose={() => setAsking(false)}
        onConfirm={() => revoke.mutate(undefined)}
        busy={revoke.isPending}
        error={revoke.error}
      >
        {own && <strong>{text.self} </strong>}
        {text.about}
      </ConfirmDialog>
    </>
  );
}
