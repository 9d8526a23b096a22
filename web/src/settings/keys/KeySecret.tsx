import { Text } from '@mantine/core';
import { ConfirmDialog } from '@/kit';
import type { MadeApiKey } from '@/kit/api';
import { SecretDialog } from '@/kit/form/SecretDialog';
import { keys } from '@/text/en/settings/keys';

const text = keys.make;

/** The key that was just made. */
export function KeySecret({ made: { key }, onClose }: { made: MadeApiKey; onClose: () => void }) {
  if (!key) {
    return (
      <ConfirmDialog opened title={text.secret} confirm={text.close} onClose={onClose} onConfirm={onClose}>
        {text.again}
      </ConfirmDialog>
    );
  }
  return (
    <SecretDialog title={text.secret} secret={key} onClose={onClose}>
      <Text size="sm">{text.use}</Text>
    </SecretDialog>
  );
}
