import { Group, Text } from '@mantine/core';
import { StatusBadge, When, type DataColumn } from '@/kit';
import type { PhoneNumberView, TrunkView } from '@/kit/api';
import { phone } from '@/kit/format';
import { numbers as text } from '@/text/en/numbers';
import { parts } from '@/text/en/settings/parts';
import { NumberActions } from './NumberActions';

interface Options {
  trunks: readonly TrunkView[];
  /** The id of the default number. */
  byDefault: string | undefined;
  onEdit: (id: string) => void;
}

export function numberColumns({ trunks, byDefault, onEdit }: Options): readonly DataColumn<PhoneNumberView>[] {
  const trunkOf = ({ trunk_id }: PhoneNumberView) => trunks.find(({ id }) => id === trunk_id);
  return [
    {
      id: 'number',
      header: text.columns.number,
      sortBy: ({ phone_number }) => phone_number,
      cell: (row) => (
        <Group gap="xs">
          <span>{phone(row.phone_number)}</span>
          {row.id === byDefault && <StatusBadge tone="active">{text.default}</StatusBadge>}
        </Group>
      ),
    },
    { id: 'label', header: text.columns.label, sortBy: ({ label }) => label.toLowerCase(), cell: ({ label }) => label },
    { id: 'trunk', header: text.columns.trunk, sortBy: (row) => trunkOf(row)?.name, cell: (row) => <Trunk trunk={trunkOf(row)} /> },
    { id: 'created', header: text.columns.created, sortBy: ({ created_at }) => created_at, wide: true, cell: ({ created_at }) => <When at={created_at} /> },
    {
      id: 'actions',
      header: parts.actions,
      align: 'right',
      cell: (row) => <NumberActions number={row} isDefault={row.id === byDefault} managed={trunkOf(row)?.kind === 'managed'} onEdit={() => onEdit(row.id)} />,
    },
  ];
}

function Trunk({ trunk }: { trunk: TrunkView | undefined }) {
  if (!trunk) {
    return (
      <Text span inherit c="var(--text-quiet)">
        {text.noTrunk}
      </Text>
    );
  }
  return (
    <Group gap="xs">
      <span>{trunk.name}</span>
      {trunk.kind === 'managed' && (
        <span title={text.managedHelp}>
          <StatusBadge tone="waiting">{text.managed}</StatusBadge>
        </span>
      )}
    </Group>
  );
}
