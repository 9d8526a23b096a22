import { Group, Select, Stack } from '@mantine/core';
import { EmptyState } from '@/kit';
import type { VersionView } from '@/kit/api';
import { agents } from '@/text/en/agents';
import { Changes } from './Changes';
import { changesBetween, draftOf } from './version';

interface Props {
  versions: readonly VersionView[];
  /** 0 is the version before the newest. */
  from: number;
  /** 0 is the newest. */
  to: number;
  onChange: (change: { from?: number; to?: number }) => void;
}

/** What is different between two versions. */
export function CompareTab({ versions, from, to, onChange }: Props) {
  const before = versions.find(({ number }) => number === from) ?? versions[1];
  const after = versions.find(({ number }) => number === to) ?? versions[0];
  if (!before || !after) return <EmptyState title={agents.compare.one} />;
  const options = versions.map(({ number, status }) => ({
    value: String(number),
    label: agents.option(number, (status === 'published' ? agents.status.published : agents.status.draft).toLowerCase()),
  }));
  return (
    <Stack gap="lg">
      <Group gap="md">
        <Select
          label={agents.compare.from}
          data={options}
          value={String(before.number)}
          allowDeselect={false}
          onChange={(value) => onChange({ from: Number(value) })}
        />
        <Select
          label={agents.compare.to}
          data={options}
          value={String(after.number)}
          allowDeselect={false}
          onChange={(value) => onChange({ to: Number(value) })}
        />
      </Group>
      <Changes changes={changesBetween(draftOf(before), draftOf(after))} />
    </Stack>
  );
}
