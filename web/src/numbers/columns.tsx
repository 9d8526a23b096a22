import { Group, Text } from '@mantine/core';
import { StatusBadge, When, type DataColumn } from '@/kit';
import type { PhoneNumberView, TrunkView } from '@/kit/api';
import { phone } from '@/kit/format';
import { numbers as text } from '@/text/en/numbers';

/** `trunks` are those that the reader sees, once they are known; `byDefault` is the id of the default number. */
export function numberColumns(trunks: readonly TrunkView[] | undefined, byDefault: string | undefined): readonly DataColumn<PhoneNumberView>[] {
  const trunkOf = ({ trunk_id }: PhoneNumberView) => trunks?.find(({ id }) => id === trunk_id);
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
    { id: 'trunk', header: text.columns.trunk, sortBy: (row) => trunkOf(row)?.name, cell: (row) => (trunks ? <Trunk id={row.trunk_id} trunk={trunkOf(row)} /> : null) },
    { id: 'created', header: text.columns.created, sortBy: ({ created_at }) => created_at, wide: true, cell: ({ created_at }) => <When at={created_at} /> },
  ];
}

function Trunk({ id, trunk }: { id: string | null | undefined; trunk: TrunkView | undefined }) {
  if (!trunk) {
    return (
      <Text span inherit c="var(--text-quiet)">
        {id ? text.theirTrunk : text.noTrunk}
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
