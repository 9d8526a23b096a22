import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { kit } from '@/text/en/kit';
import { ErrorState } from './ErrorState';

export interface ConfirmProps {
  opened: boolean;
  onClose: () => void;
  /** What is about to happen, as a question: "Stop this batch?" */
  title: string;
  /** What it will do, in numbers. */
  children: ReactNode;
  /** The verb: "Stop the batch". */
  confirm: string;
  /** What cannot be undone is red, and Cancel has the focus. */
  danger?: boolean;
  /** Cancel has the focus, so that a key pressed twice confirms nothing. */
  cautious?: boolean;
  busy?: boolean;
  error?: unknown;
  onConfirm: () => void;
}

/** What a `ConfirmDialog` shows. */
export function ConfirmModal({ opened, onClose, title, children, confirm, danger = false, cautious = danger, busy = false, error, onConfirm }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <Stack gap="md">
        <Text component="div">{children}</Text>
        {error !== undefined && error !== null && <ErrorState error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus={cautious || undefined}>
            {kit.confirm.cancel}
          </Button>
          <Button color={danger ? 'red' : 'accent'} loading={busy} onClick={onConfirm} data-autofocus={!cautious || undefined}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
