import { Button } from '@mantine/core';
import { IconPencil, IconPhoneOutgoing } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useMay } from '@/kit';
import type { BatchView } from '@/kit/api';
import { batch as words } from '@/text/en/batch';
import { actionIcons, actionsOf, isAskedAbout, isPrimary } from '../../control/actions';
import { StartBatchDialog } from '../../control/StartBatchDialog';
import { StopDialog } from '../../control/StopDialog';
import { useControl } from '../../control/useControl';
import { isOver } from '../../state';
import { Downloads } from './Downloads';
import { RedialDialog } from './RedialDialog';

/** What one can do with a batch, as its state and the key allow. */
export function BatchActions({ batch }: { batch: BatchView }) {
  const control = useControl(batch);
  const mayOperate = useMay('operate');
  const [params] = useSearchParams();
  const [asking, setAsking] = useState<'start' | 'startNow' | 'stop' | 'redial'>();
  const over = isOver(batch.status);
  const close = () => setAsking(undefined);

  return (
    <>
      {mayOperate &&
        actionsOf(batch.status).map((action) => {
          const Icon = actionIcons[action];
          const busy = control.isPending && control.variables === action;
          return (
            <Button key={action} variant={isPrimary(action, batch.status) ? 'filled' : 'default'} loading={busy} leftSection={<Icon size={16} aria-hidden />} onClick={() => (isAskedAbout(action) ? setAsking(action) : control.mutate(action))}>
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
      <StartBatchDialog batch={batch} action={asking === 'start' || asking === 'startNow' ? asking : undefined} onClose={close} />
      <StopDialog batch={batch} opened={asking === 'stop'} onClose={close} />
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
