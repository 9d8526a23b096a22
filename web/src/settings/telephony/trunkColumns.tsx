import { Group, Text } from '@mantine/core';
import { StatusBadge, type DataColumn, type Tone } from '@/kit';
import type { TrunkState, TrunkView } from '@/kit/api';
import { dateTime, number } from '@/kit/format';
import { parts } from '@/text/en/parts';
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
        <Group gap="2px 8px">
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
          <>
            <span style={{ whiteSpace: 'nowrap' }}>{`${host}:${port ?? ''}`}</span> {transport.toUpperCase()}
          </>
        ) : (
          <Text span inherit c="var(--text-quiet)">
            {text.hidden}
          </Text>
        ),
    },
    { id: 'calls', header: text.columns.calls, align: 'right', wide: true, cell: ({ health, max_calls }) => text.calls(number(health.calls_now), number(max_calls)) },
    { id: 'pace', header: text.columns.pace, align: 'right', wide: true, cell: ({ max_cps }) => number(max_cps) },
    {
      id: 'health',
      header: text.columns.health,
      cell: (trunk) => <Health trunk={trunk} />,
    },
    { id: 'actions', header: parts.actions, align: 'right', cell: (trunk) => <TrunkActions trunk={trunk} onEdit={() => onEdit(trunk.id)} /> },
  ];
}

/** How the trunk is as far as calls tell, and a button to ask it. */
function Health({ trunk }: { trunk: TrunkView }) {
  const { state, detail, last_answer_at } = trunk.health;
  return (
    <>
      <Group gap="xs">
        <span title={[detail, last_answer_at && `${text.lastAnswer}: ${dateTime(last_answer_at)}`].filter(Boolean).join(' ')}>
          <StatusBadge tone={tones[state]}>{text.states[state]}</StatusBadge>
        </span>
        <TrunkTestButton trunk={trunk} />
      </Group>
      {(state === 'failing' || state === 'backing_off') && (
        <Text size="xs" c="var(--text-quiet)">
          {detail}
        </Text>
      )}
    </>
  );
}
