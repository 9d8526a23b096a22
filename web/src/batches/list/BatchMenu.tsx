import { ActionIcon, Menu } from '@mantine/core';
import {
  IconCopy, IconDots, IconDownload, IconPencil, IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMay } from '@/kit';
import type { BatchState, BatchView } from '@/kit/api';
import { actions } from '@/text/en/batches';
import { DeleteDialog } from './DeleteDialog';
import { StopDialog } from './StopDialog';
import { useControl, type Control } from './useControl';

const quick = {
  start: { label: actions.start, icon: <IconPlayerPlay size={15} />, states: ['draft', 'scheduled'] },
  pause: { label: actions.pause, icon: <IconPlayerPause size={15} />, states: ['running', 'scheduled'] },
  resume: { label: actions.resume, icon: <IconPlayerPlay size={15} />, states: ['paused'] },
} satisfies Record<Exclude<Control, 'stop'>, { label: string; icon: React.ReactNode; states: BatchState[] }>;

const over: readonly BatchState[] = ['completed', 'cancelled'];

/** What can be done to a batch without opening it. */
export function BatchMenu({ batch }: { batch: BatchView }) {
  const { id, name, status } = batch;
  const [asking, setAsking] = useState<'stop' | 'delete'>();
  const control = useControl(batch);
  const may = useMay('operate');
  const controls = (Object.keys(quick) as (keyof typeof quick)[]).filter((key) => (quick[key].states as BatchState[]).includes(status));
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={actions.menu(name)} loading={control.isPending}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {may &&
            controls.map((key) => (
              <Menu.Item key={key} leftSection={quick[key].icon} onClick={() => control.mutate(key)}>
                {quick[key].label}
              </Menu.Item>
            ))}
          {may && !over.includes(status) && (
            <Menu.Item leftSection={<IconPencil size={15} />} component={Link} to={`/batch-calls/${id}?edit`}>
              {actions.edit}
            </Menu.Item>
          )}
          {may && (
            <Menu.Item leftSection={<IconCopy size={15} />} component={Link} to={`/batch-calls?new=${id}`}>
              {actions.duplicate}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconDownload size={15} />} component="a" href={`/v1/batch-calls/${id}/report.csv`} download>
            {actions.report}
          </Menu.Item>
          {may && !over.includes(status) && status !== 'draft' && (
            <Menu.Item color="red" leftSection={<IconPlayerStop size={15} />} onClick={() => setAsking('stop')}>
              {actions.stop}
            </Menu.Item>
          )}
          {may && status === 'draft' && (
            <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setAsking('delete')}>
              {actions.remove}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <StopDialog batch={batch} opened={asking === 'stop'} onClose={() => setAsking(undefined)} />
      <DeleteDialog batch={batch} opened={asking === 'delete'} onClose={() => setAsking(undefined)} />
    </>
  );
}
