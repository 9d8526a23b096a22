import type { BatchView } from '@/kit/api';
import { useAgentName } from '../useAgentName';
import { startOf } from './start';
import { StartDialog } from './StartDialog';
import { useControl } from './useControl';

interface Props {
  batch: BatchView;
  /** Start a draft, or a scheduled batch before its time; undefined asks nothing. */
  action: 'start' | 'startNow' | undefined;
  onClose: () => void;
}

/** Asks before a stored batch is started, and starts it. */
export function StartBatchDialog({ batch, action, onClose }: Props) {
  const control = useControl(batch);
  const agent = useAgentName(batch.agent_id);
  const close = () => {
    control.reset();
    onClose();
  };
  return (
    <StartDialog
      start={startOf(batch, agent, action === 'startNow')}
      opened={action !== undefined}
      onClose={close}
      busy={control.isPending}
      error={control.error}
      onConfirm={() => action && control.mutate(action, { onSuccess: close })}
    />
  );
}
