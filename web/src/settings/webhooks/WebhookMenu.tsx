import { IconKey, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ConfirmDialog } from '@/kit';
import { api, ok, type MadeWebhook, type WebhookView } from '@/kit/api';
import { RowMenu } from '@/kit/RowMenu';
import { useChange } from '@/kit/form/useChange';
import { webhooks as text } from '@/text/en/settings/webhooks';
import { WebhookDialog } from './WebhookDialog';

interface Props {
  webhook: WebhookView;
  onSecret: (made: MadeWebhook) => void;
}

/** What else can be done with a webhook. */
export function WebhookMenu({ webhook, onSecret }: Props) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<'edit' | 'rotate' | 'remove'>();
  const close = () => setOpen(undefined);
  const params = { path: { id: webhook.id } };
  const rotate = useChange(() => ok(api.POST('/v1/webhooks/{id}/rotate-secret', { params })), {
    touches: [['webhooks']],
    then: (made) => {
      close();
      onSecret(made);
    },
  });
  const remove = useChange(() => ok(api.DELETE('/v1/webhooks/{id}', { params })), {
    touches: [],
    done: () => text.remove.done,
    then: () => void navigate('/settings/webhooks'),
  });
  return (
    <>
      <RowMenu
        name={text.page.actions}
        needs="admin"
        actions={[
          { label: text.form.edit, icon: <IconPencil size={15} />, run: () => setOpen('edit') },
          { label: text.rotate.button, icon: <IconKey size={15} />, run: () => setOpen('rotate') },
          { label: text.remove.button, icon: <IconTrash size={15} />, danger: true, run: () => setOpen('remove') },
        ]}
      />
      {open === 'edit' && <WebhookDialog webhook={webhook} onClose={close} />}
      <ConfirmDialog
        opened={open === 'rotate'}
        danger
        title={text.rotate.title}
        confirm={text.rotate.confirm}
        onClose={close}
        onConfirm={() => rotate.mutate(undefined)}
        busy={rotate.isPending}
        error={rotate.error}
      >
        {text.rotate.about}
      </ConfirmDialog>
      <ConfirmDialog
        opened={open === 'remove'}
        danger
        title={text.remove.title}
        confirm={text.remove.button}
        onClose={close}
        onConfirm={() => remove.mutate(undefined)}
        busy={remove.isPending}
        error={remove.error}
      >
        {text.remove.about}
      </ConfirmDialog>
    </>
  );
}
