import { List, Text } from '@mantine/core';
import { ConfirmDialog } from '@/kit';
import type { BatchView } from '@/kit/api';
import { number } from '@/kit/format';
import { actions } from '@/text/en/batches';
import { leftByStop } from './figures';
import { useControl } from './useControl';

interface Props {
  batch: BatchView;
  opened: boolean;
  onClose: () => void;
}

/** Asks before a batch is stopped, with what that will do in numbers. */
export function StopDialog({ batch, opened, onClose }: Props) {
  const control = useControl(batch);
  const { calls, people, retries } = leftByStop(batch.progress);
  const close = () => {
    control.reset();
    onClose();
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={actions.stopTitle(batch.name)}
      confirm={actions.stopConfirm}
      danger
      busy={control.isPending}
      error={control.error}
      onConfirm={() => control.mutate('stop', { onSuccess: close })}
    >
      <List mb="xs">
        <List.Item>{actions.stopCalls(number(calls), calls === 1)}</List.Item>
        <List.Item>{actions.stopPeople(number(people), people === 1)}</List.Item>
        {retries > 0 && <List.Item>{actions.stopRetries(number(retries), retries === 1)}</List.Item>}
      </List>
      <Text>{actions.stopFinal}</Text>
    </ConfirmDialog>
  );
}
