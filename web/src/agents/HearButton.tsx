import { ActionIcon, Button } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { agents } from '@/text/en/agents';
import { useHearing } from './hearing';

interface Props {
  /** What it does: "Hear it". */
  label: string;
  /** The label is for screen readers only. */
  hideLabel?: boolean;
  fetch: () => Promise<Blob>;
  disabled?: boolean;
}

/** Plays a sound, and stops it. */
export function HearButton({ label, hideLabel = false, fetch, disabled = false }: Props) {
  const { state, toggle } = useHearing(fetch);
  const icon = state === 'playing' ? <IconPlayerStop size={14} aria-hidden /> : <IconPlayerPlay size={14} aria-hidden />;
  const told = state === 'playing' ? agents.hear.stop : label;
  if (hideLabel) {
    return (
      <ActionIcon variant="default" aria-label={told} title={told} loading={state === 'coming'} disabled={disabled} onClick={toggle} data-state={state}>
        {icon}
      </ActionIcon>
    );
  }
  return (
    <Button variant="default" size="xs" leftSection={icon} loading={state === 'coming'} disabled={disabled} onClick={toggle} data-state={state}>
      {told}
    </Button>
  );
}
