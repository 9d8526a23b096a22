import { Stack, Text } from '@mantine/core';
import { ConfirmDialog } from '@/kit';
import type { BatchView } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { waitingForRetry } from '../state';

interface Props {
  batch: BatchView;
  opened: boolean;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before a batch is stopped, with what that means for how many. */
export function StopDialog({ batch: { progress }, opened, busy, error, onClose, onConfirm }: Props) {
  const { in_progress: finishing, pending } = progress;
  const retries = waitingForRetry(progress);
  return (
    <ConfirmDialog opened={opened} onClose={onClose} title={words.stop.title} confirm={words.stop.confirm} danger busy={busy} error={error} onConfirm={onConfirm}>
      <Stack gap="xs">
        <Text>{words.stop.what(number(finishing), finishing === 1, number(pending), pending === 1)}</Text>
        {retries > 0 && <Text c="var(--text-quiet)">{words.stop.retries(number(retries), retries === 1)}</Text>}
        <Text fw={600}>{words.stop.forever}</Text>
      </Stack>
    </ConfirmDialog>
  );
}
