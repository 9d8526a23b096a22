import { Group, Text } from '@mantine/core';
import { StatusBadge, type DataColumn, type Tone } from '@/kit';
import type { TrunkState, TrunkView } from '@/kit/api';
import { dateTime, number } from '@/kit/format';
import { telephony } from '@/text/en/settings/telephony';
import { TrunkActions } from './TrunkActions';
import { TrunkTestButton } from './TrunkTestButton';

const text = telephony.trunks;

const tones: Record<TrunkState, Tone> = { unused: 'quiet', ok: 'good', backing_off: 'warn', failing: 'bad' };

export function trunkColumns(onEdit: (id: string) => void): readonly DataColumn<TrunkView>[] {
  return [
    {
      id: 'name',
      header: text.columns.name,
      sortBy: ({ name }) => name.toLowerCase(),
      cell: ({ name, kind }) => (
        <Group gap="xs">
          <span>{name}</span>
          {kind === 'managed' && (
            <span title={text.managedHelp}>
              <StatusBadge tone="waiting">{text.kinds.managed}</StatusBadge>
            </span>
          )}
        </Group>
      ),
    },
    {
      id: 'address',
      header: text.columns.address,
      wide: true,
      cell: ({ host, port, transport }) =>
        host ? (
          `${host}:${port ?? ''} ${transport.toUpperCase()}`
        ) : (
          <Text span inherit c="var(--text-quiet)">
            {text.hidden}
          </Text>
        ),
    },
    { id: 'calls', header: text.columns.calls, align: 'right', cell: ({ health, max_calls }) => text.calls(number(health.calls_now), number(max_calls)) },
    { id: 'pace', header: text.columns.pace, align: 'right', wide: true, cell: ({ max_cps }) => number(max_cps) },
    {
      id: 'health',
      header: text.columns.health,
      cell: ({ health }) => (
        <span title={[health.detail, health.last_answer_at && `${text.lastAnswer}: ${dateTime(health.last_answer_at)}`].filter(Boolean).join(' ')}>
          <StatusBadge tone={tones[health.state]}>{text.states[health.state]}</StatusBadge>
          {(health.state === 'failing' || health.state === 'backing_off') && (
            <Text size="xs" c="var(--text-quiet)">
              {health.detail}
            </Text>
          )}
        </span>
      ),
    },
    { id: 'test', header: '', wide: true, cell: (trunk) => <TrunkTestButton trunk={trunk} /> },
    { id: 'actions', header: '', align: 'right', cell: (trunk) => <TrunkActions trunk={trunk} onEdit={() => onEdit(trunk.id)} /> },
  ];
}
