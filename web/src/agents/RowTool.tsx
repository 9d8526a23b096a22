import { ActionIcon } from '@mantine/core';

interface Props {
  label: string;
  icon: React.ReactNode;
  off?: boolean;
  run: () => void;
}

/** A small button that moves or removes a row of the editor. */
export function RowTool({ label, icon, off = false, run }: Props) {
  return (
    <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} title={label} disabled={off} onClick={run}>
      {icon}
    </ActionIcon>
  );
}
