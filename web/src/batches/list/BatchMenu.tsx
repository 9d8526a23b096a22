import { ActionIcon, Menu } from '@mantine/core';
import { IconCopy, IconDots, IconDownload, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMay } from '@/kit';
import type { BatchView } from '@/kit/api';
import { actions } from '@/text/en/batches';
import { control as words } from '@/text/en/control';
import { actionIcons, actionsOf } from '../control/actions';
import { StopDialog } from '../control/StopDialog';
import { useControl } from '../control/useControl';
import { isOver } from '../state';
import { DeleteDialog } from './DeleteDialog';

/** What can be done to a batch without opening it. */
export function BatchMenu({ batch }: { batch: BatchView }) {
  const { id, name, status } = batch;
  const [asking, setAsking] = useState<'stop' | 'delete'>();
  const control = useControl(batch);
  const may = useMay('operate');
  const possible = actionsOf(status);
  const StopIcon = actionIcons.stop;
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
            possible.map((action) => {
              const Icon = actionIcons[action];
              return action === 'stop' ? null : (
                <Menu.Item key={action} leftSection={<Icon size={15} />} onClick={() => control.mutate(action)}>
                  {words.actions[action]}
                </Menu.Item>
              );
            })}
          {may && !isOver(status) && (
            <Menu.Item leftSection={<IconPencil size={15} />} component={Link} to={`/batch-calls/${id}?edit`}>
              {words.actions.edit}
            </Menu.Item>
          )}
          {may && (
            <Menu.Item leftSection={<IconCopy size={15} />} component={Link} to={`/batch-calls?new=${id}`}>
              {actions.duplicate}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconDownload size={15} />} component="a" href={`/v1/batch-calls/${id}/report.csv`} download>
            {words.actions.report}
          </Menu.Item>
          {may && possible.includes('stop') && (
            <Menu.Item color="red" leftSection={<StopIcon size={15} />} onClick={() => setAsking('stop')}>
              {words.actions.stop}
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
