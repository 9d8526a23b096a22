import { Skeleton } from '@mantine/core';
import { IconPhone, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable, EmptyState, ErrorState, PageHeader, useUrlState, type DataColumn } from '@/kit';
import type { PhoneNumberView, TrunkView } from '@/kit/api';
import { About } from '@/kit/About';
import { MayButton } from '@/kit/access/MayButton';
import { numbers as text } from '@/text/en/numbers';
import { parts } from '@/text/en/parts';
import { numberColumns } from './columns';
import { NumberActions } from './NumberActions';
import { NumberDialog } from './NumberDialog';
import { defaultNumber, numbersQuery, trunksQuery, workspaceQuery } from './queries';

/** `edit` is the number whose form is open, or `new`. */
const defaults = { edit: '' };

/** The caller IDs. */
export function PhoneNumbersPage() {
  const [view, setView] = useUrlState(defaults);
  const numbers = useQuery(numbersQuery);
  const trunks = useQuery(trunksQuery);
  const workspace = useQuery(workspaceQuery);
  const items = numbers.data?.items;
  const byDefault = items && defaultNumber(items, workspace.data)?.id;
  const columns = useMemo(
    () => [...numberColumns(trunks.data?.items, byDefault), actionsColumn(byDefault, trunks.data?.items ?? [], (edit) => setView({ edit }, { push: true }))],
    [trunks.data, byDefault, setView],
  );
  const button = (
    <MayButton needs="admin" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ edit: 'new' }, { push: true })}>
      {text.add.button}
    </MayButton>
  );
  const edited = items?.find(({ id }) => id === view.edit);
  return (
    <>
      <PageHeader title={text.title} below={<About>{text.about}</About>} actions={items?.length ? button : undefined} />
      {numbers.isPending && <Skeleton height={160} />}
      {numbers.isError && <ErrorState error={numbers.error} onRetry={() => void numbers.refetch()} />}
      {items?.length === 0 && (
        <EmptyState title={text.empty} icon={<IconPhone size={32} stroke={1.3} />} action={button}>
          {text.emptyAbout}
        </EmptyState>
      )}
      {items && items.length > 0 && <DataTable label={text.label} columns={columns} rows={items} rowId={({ id }) => id} />}
      {(view.edit === 'new' || edited) && trunks.data && (
        <NumberDialog key={view.edit} number={edited} trunks={trunks.data.items} onClose={() => setView({ edit: '' })} />
      )}
    </>
  );
}

function actionsColumn(byDefault: string | undefined, trunks: readonly TrunkView[], onEdit: (id: string) => void): DataColumn<PhoneNumberView> {
  return {
    id: 'actions',
    header: parts.actions,
    align: 'right',
    cell: (row) => (
      <NumberActions
        number={row}
        isDefault={row.id === byDefault}
        managed={trunks.some(({ id, kind }) => id === row.trunk_id && kind === 'managed')}
        onEdit={() => onEdit(row.id)}
      />
    ),
  };
}
