import { Text } from '@mantine/core';
import { SecretDialog } from '@/kit/form/SecretDialog';
import { app } from '@/text/en/app';

/** The key that the link for the first sign-in made. */
export function FirstKey({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <SecretDialog title={app.firstKey.title} secret={secret} onClose={onClose}>
      <Text size="sm">{app.firstKey.use}</Text>
    </SecretDialog>
  );
}
