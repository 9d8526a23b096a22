import { Stack, Text } from '@mantine/core';
import { ConfirmDialog } from '@/kit';
import type { BatchView } from '@/kit/api';
import { number } from '@/kit/format';
import { control as words } from '@/text/en/control';
import { waitingForRetry } from '../state';
import { useControl } from './useControl';

interface Props {
  batch: BatchView;
  opened: boolean;
  onClose: () => void;
}

/** Asks before a batch is stopped, with what that means for how many, and stops it. */
export function StopDialog({ batch, opened, onClose }: Props) {
  const control = useControl(batch);
  const { in_progress: finishing, pending } = batch.progress;
  const retries = waitingForRetry(batch.progress);
  const close = () => {
    control.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={words.stop.title}
      confirm={words.stop.confirm}
      danger
      busy={control.isPending}
      error={control.error}
      onConfirm={() => control.mutate('stop', { onSuccess: close })}
    >
      <Stack gap="xs">
        <Text fw={500}>{batch.name}</Text>
        <Text>{words.stop.what(number(finishing), finishing === 1, number(pending), pending === 1)}</Text>
        {retries > 0 && <Text c="var(--text-quiet)">{words.stop.retries(number(retries), retries === 1)}</Text>}
        <Text fw={600}>{words.stop.forever}</Text>
      </Stack>
    </ConfirmDialog>
  );
}
