import { Button } from '@mantine/core';
import { IconPencil, IconPhoneOutgoing, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useMay } from '@/kit';
import type { BatchView } from '@/kit/api';
import { batch as words } from '@/text/en/batch';
import { actionsOf, isOver, type Action } from '../state';
import { Downloads } from './Downloads';
import { RedialDialog } from './RedialDialog';
import { StopDialog } from './StopDialog';
import { useControl } from './useControl';

const icons: Record<Action, typeof IconPlayerPlay> = {
  start: IconPlayerPlay,
  startNow: IconPlayerPlay,
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  stop: IconPlayerStop,
};

/** What one can do with a batch, as its state and the key allow. */
export function BatchActions({ batch }: { batch: BatchView }) {
  const control = useControl(batch);
  const mayOperate = useMay('operate');
  const [params] = useSearchParams();
  const [asking, setAsking] = useState<'stop' | 'redial'>();
  const over = isOver(batch.status);
  const close = () => setAsking(undefined);

  function press(action: Action) {
    if (action === 'stop') {
      control.reset();
      setAsking('stop');
    } else control.mutate(action);
  }

  return (
    <>
      {mayOperate &&
        actionsOf(batch.status).map((action, index) => {
          const Icon = icons[action];
          const busy = control.isPending && control.variables === action && action !== 'stop';
          return (
            <Button key={action} variant={index === 0 ? 'filled' : 'default'} loading={busy} leftSection={<Icon size={16} aria-hidden />} onClick={() => press(action)}>
              {words.actions[action]}
            </Button>
          );
        })}
      {mayOperate && !over && (
        <Button component={Link} to={editAddress(params)} variant="default" leftSection={<IconPencil size={16} aria-hidden />}>
          {words.actions.edit}
        </Button>
      )}
      {mayOperate && (over || batch.status === 'paused') && (
        <Button variant="default" leftSection={<IconPhoneOutgoing size={16} aria-hidden />} onClick={() => setAsking('redial')}>
          {words.actions.redial}
        </Button>
      )}
      <Downloads id={batch.id} />
      <StopDialog
        batch={batch}
        opened={asking === 'stop'}
        busy={control.isPending}
        error={control.error}
        onClose={close}
        onConfirm={() => control.mutate('stop', { onSuccess: close })}
      />
      <RedialDialog batch={batch} opened={asking === 'redial'} onClose={close} />
    </>
  );
}

/** The same view with the drawer for editing over it. */
function editAddress(params: URLSearchParams): string {
  const next = new URLSearchParams(params);
  next.set('edit', '');
  return `?${next}`;
}
