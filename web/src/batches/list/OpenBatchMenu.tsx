import { Menu } from '@mantine/core';
import { IconCopy, IconDownload, IconPencil, IconTrash } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { useMay } from '@/kit';
import type { BatchView } from '@/kit/api';
import { actions } from '@/text/en/batches';
import { control as words } from '@/text/en/control';
import { actionIcons, actionsOf, isAskedAbout } from '../control/actions';
import { StartBatchDialog } from '../control/StartBatchDialog';
import { StopDialog } from '../control/StopDialog';
import { useControl } from '../control/useControl';
import { isOver } from '../state';
import { BatchMenuButton } from './BatchMenuButton';
import { DeleteDialog } from './DeleteDialog';

/** The menu of a batch, which opens as soon as it is there. */
export function OpenBatchMenu({ batch }: { batch: BatchView }) {
  const { id, name, status } = batch;
  const [asking, setAsking] = useState<'start' | 'startNow' | 'stop' | 'delete'>();
  const control = useControl(batch);
  const may = useMay('operate');
  const mayDelete = useMay(status === 'draft' ? 'operate' : 'admin');
  const button = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);

  useEffect(() => {
    // The button took the place of one that had the focus; the menu gives the focus back to it.
    button.current?.focus();
    const frame = requestAnimationFrame(() => setOpened(true));
    return () => cancelAnimationFrame(frame);
  }, []);

  const possible = actionsOf(status);
  const StopIcon = actionIcons.stop;
  return (
    <>
      <Menu position="bottom-end" withinPortal opened={opened} onChange={setOpened}>
        <Menu.Target>
          <BatchMenuButton ref={button} name={name} aria-busy={control.isPending} />
        </Menu.Target>
        <Menu.Dropdown>
          {may &&
            possible.map((action) => {
              const Icon = actionIcons[action];
              return action === 'stop' ? null : (
                <Menu.Item key={action} leftSection={<Icon size={15} />} onClick={() => (isAskedAbout(action) ? setAsking(action) : control.mutate(action))}>
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
          <Menu.Item leftSection={<IconDownload size={15} />} component="a" href={`/v1/batch-calls/${id}/report.xlsx`} download>
            {words.actions.report}
          </Menu.Item>
          {may && possible.includes('stop') && (
            <Menu.Item color="red" leftSection={<StopIcon size={15} />} onClick={() => setAsking('stop')}>
              {words.actions.stop}
            </Menu.Item>
          )}
          {mayDelete && (status === 'draft' || isOver(status)) && (
            <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => setAsking('delete')}>
              {actions.remove}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <StartBatchDialog batch={batch} action={asking === 'start' || asking === 'startNow' ? asking : undefined} onClose={() => setAsking(undefined)} />
      <StopDialog batch={batch} opened={asking === 'stop'} onClose={() => setAsking(undefined)} />
      <DeleteDialog batch={batch} opened={asking === 'delete'} onClose={() => setAsking(undefined)} />
    </>
  );
}
