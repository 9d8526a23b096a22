import { ActionIcon, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { kit } from '@/text/en/kit';

/** Copies a value; `label` says which, for whoever cannot see what it stands beside. */
export function CopyButton({ value, label }: { value: string; label?: string }) {
  const { copied, copy } = useClipboard({ timeout: 1500 });
  const words = copied ? kit.copy.copied : (label ?? kit.copy.copy);
  return (
    <Tooltip label={words}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={words} onClick={() => copy(value)}>
        {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      </ActionIcon>
    </Tooltip>
  );
}
