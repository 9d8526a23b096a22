import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { ConfirmDialog } from '@/kit';
import { api, ok, type TrunkView } from '@/kit/api';
import { RowMenu } from '@/kit/RowMenu';
import { useChange } from '@/kit/form/useChange';
import { telephony } from '@/text/en/settings/telephony';

const text = telephony.remove;

/** What can be done with a trunk; with a managed one only by the operator. */
export function TrunkActions({ trunk: { id, name, kind }, onEdit }: { trunk: TrunkView; onEdit: () => void }) {
  const [removing, setRemoving] = useState(false);
  const remove = useChange(() => ok(api.DELETE('/v1/trunks/{id}', { params: { path: { id } } })), {
    touches: [['trunks']],
    done: () => text.done(name),
    then: () => setRemoving(false),
  });
  return (
    <>
      <RowMenu
        name={name}
        needs={kind === 'managed' ? 'operator' : 'admin'}
        actions={[
          { label: telephony.form.edit, icon: <IconPencil size={15} />, run: onEdit },
          { label: text.button, icon: <IconTrash size={15} />, danger: true, run: () => setRemoving(true) },
        ]}
      />
      <ConfirmDialog
        opened={removing}
        danger
        title={text.title(name)}
        confirm={text.button}
        onClose={() => setRemoving(false)}
        onConfirm={() => remove.mutate(undefined)}
        busy={remove.isPending}
        error={remove.error}
      >
        {text.about}
      </ConfirmDialog>
    </>
  );
}
