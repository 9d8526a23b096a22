import { Alert, Button, Code, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyButton } from '@/kit';
import { parts } from '@/text/en/parts';
import classes from './SecretDialog.module.css';

interface Props {
  title: string;
  secret: string;
  children?: ReactNode;
  onClose: () => void;
}

/** Shows a secret once. Only its button closes it, so that nobody loses it with a stray click. */
export function SecretDialog({ title, secret, children, onClose }: Props) {
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
      <Stack gap="md">
        <Alert color="yellow">{parts.secret.once}</Alert>
        <Group gap="xs" wrap="nowrap">
          <Code className={classes.secret}>{secret}</Code>
          <CopyButton value={secret} label={parts.secret.copy} />
        </Group>
        {children}
        <Group justify="flex-end">
          <Button onClick={onClose}>{parts.secret.done}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
