import { IconPencil, IconStar, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { ConfirmDialog } from '@/kit';
import { api, ok, type PhoneNumberView } from '@/kit/api';
import { phone } from '@/kit/format';
import { RowMenu } from '@/kit/RowMenu';
import { useChange } from '@/kit/form/useChange';
import { numbers as text } from '@/text/en/numbers';

interface Props {
  number: PhoneNumberView;
  isDefault: boolean;
  managed: boolean;
  onEdit: () => void;
}

/** What can be done with a phone number. */
export function NumberActions({ number: { id, phone_number }, isDefault, managed, onEdit }: Props) {
  const [removing, setRemoving] = useState(false);
  const name = phone(phone_number);
  const makeDefault = useChange(() => ok(api.PATCH('/v1/workspace', { body: { default_phone_number_id: id } })), {
    touches: [['workspace']],
    done: () => text.makeDefault.done(name),
    failed: () => text.makeDefault.failed(name),
  });
  const remove = useChange(() => ok(api.DELETE('/v1/phone-numbers/{id}', { params: { path: { id } } })), {
    touches: [['phone-numbers'], ['workspace']],
    done: () => text.remove.done(name),
    then: () => setRemoving(false),
  });
  return (
    <>
      <RowMenu
        name={name}
        needs="admin"
        actions={[
          ...(isDefault ? [] : [{ label: text.makeDefault.button, icon: <IconStar size={15} />, run: () => makeDefault.mutate(undefined) }]),
          { label: text.edit.button, icon: <IconPencil size={15} />, run: onEdit },
          { label: text.remove.button, icon: <IconTrash size={15} />, danger: true, run: () => setRemoving(true) },
        ]}
      />
      <ConfirmDialog
        opened={removing}
        danger
        title={text.remove.title(name)}
        confirm={text.remove.button}
        onClose={() => setRemoving(false)}
        onConfirm={() => remove.mutate(undefined)}
        busy={remove.isPending}
        error={remove.error}
      >
        {text.remove.about} {managed && text.managedHelp}
      </ConfirmDialog>
    </>
  );
}
