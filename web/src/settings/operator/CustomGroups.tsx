import { Button, Skeleton, Text } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ConfirmDialog, DataTable, ErrorState, useUrlState, type DataColumn } from '@/kit';
import { api, ok, type CustomGroupView } from '@/kit/api';
import { RowMenu } from '@/kit/RowMenu';
import { Section } from '@/kit/form/Section';
import { useChange } from '@/kit/form/useChange';
import { operator } from '@/text/en/settings/operator';
import { parts } from '@/text/en/parts';
import { countryName } from '../telephony/presets';
import { CustomGroupDialog } from './CustomGroupDialog';

const text = operator.groups;
/** `group` is the one whose form is open, or `new`. */
const defaults = { group: '' };

/** The installation's own network groups. */
export function CustomGroups() {
  const [view, setView] = useUrlState(defaults);
  const [removing, setRemoving] = useState<CustomGroupView>();
  const query = useQuery({ queryKey: ['operator', 'network-groups'], queryFn: () => ok(api.GET('/v1/operator/network-groups')) });
  const columns = useMemo(() => columnsFor((group) => setView({ group }, { push: true }), setRemoving), [setView]);
  const remove = useChange(({ id }: CustomGroupView) => ok(api.DELETE('/v1/operator/network-groups/{id}', { params: { path: { id } } })), {
    touches: [['operator', 'network-groups'], ['network-groups']],
    done: (_, { name }) => text.removed(name),
    then: () => setRemoving(undefined),
  });
  const edited = query.data?.items.find(({ id }) => id === view.group);
  return (
    <Section
      title={text.title}
      about={text.about}
      actions={
        <Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ group: 'new' }, { push: true })}>
          {text.add}
        </Button>
      }
    >
      {query.isPending && <Skeleton height={80} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <Text c="var(--text-quiet)">{text.none}</Text>}
      {query.data && query.data.items.length > 0 && <DataTable label={text.label} columns={columns} rows={query.data.items} rowId={({ id }) => id} />}
      {(view.group === 'new' || edited) && <CustomGroupDialog key={view.group} group={edited} onClose={() => setView({ group: '' })} />}
      {removing && (
        <ConfirmDialog
          opened
          danger
          title={text.removeTitle(removing.name)}
          confirm={text.remove}
          onClose={() => setRemoving(undefined)}
          onConfirm={() => remove.mutate(removing)}
          busy={remove.isPending}
          error={remove.error}
        >
          {text.removeAbout}
        </ConfirmDialog>
      )}
    </Section>
  );
}

function columnsFor(onEdit: (id: string) => void, onRemove: (group: CustomGroupView) => void): readonly DataColumn<CustomGroupView>[] {
  return [
    { id: 'name', header: text.columns.name, cell: ({ name }) => name },
    { id: 'id', header: text.columns.id, wide: true, cell: ({ id }) => <code>{id}</code> },
    { id: 'country', header: text.columns.country, cell: ({ country }) => countryName(country) },
    { id: 'prefixes', header: text.columns.prefixes, cell: ({ prefixes }) => prefixes.join(', ') },
    {
      id: 'actions',
      header: parts.actions,
      align: 'right',
      cell: (group) => (
        <RowMenu
          name={group.name}
          needs="operator"
          actions={[
            { label: text.edit, icon: <IconPencil size={15} />, run: () => onEdit(group.id) },
            { label: text.remove, icon: <IconTrash size={15} />, danger: true, run: () => onRemove(group) },
          ]}
        />
      ),
    },
  ];
}
