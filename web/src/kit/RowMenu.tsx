import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { KeyScope } from '@/kit/api';
import { parts } from '@/text/en/parts';
import { useRefusal } from './access/scopes';

export interface RowAction {
  label: string;
  icon?: ReactNode;
  danger?: boolean;
  run: () => void;
}

interface Props {
  /** Of what: for screen readers. */
  name: string;
  needs: KeyScope;
  actions: readonly RowAction[];
}

/** What can be done with a row. A key that may do none of it is told why. */
export function RowMenu({ name, needs, actions }: Props) {
  const refusal = useRefusal(needs);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={parts.rowMenu(name)}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {refusal && <Menu.Label maw={240}>{refusal}</Menu.Label>}
        {actions.map(({ label, icon, danger, run }) => (
          <Menu.Item key={label} leftSection={icon} disabled={refusal !== undefined} {...(danger ? { color: 'red' } : {})} onClick={run}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
