import { Text } from '@mantine/core';
import { ConfirmDialog } from '@/kit';
import type { MadeWebhook } from '@/kit/api';
import { SecretDialog } from '@/kit/form/SecretDialog';
import { webhooks } from '@/text/en/settings/webhooks';

const text = webhooks.secret;

/** The secret of a webhook that was just made or got a new one. */
export function WebhookSecret({ made: { secret }, onClose }: { made: MadeWebhook; onClose: () => void }) {
  if (!secret) {
    return (
      <ConfirmDialog opened title={text.title} confirm={webhooks.form.close} onClose={onClose} onConfirm={onClose}>
        {text.again}
      </ConfirmDialog>
    );
  }
  return (
    <SecretDialog title={text.title} secret={secret} onClose={onClose}>
      <Text size="sm">{text.about}</Text>
    </SecretDialog>
  );
}
