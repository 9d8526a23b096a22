import { Skeleton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable, EmptyState, ErrorState, useSession, useUrlState, When, type DataColumn } from '@/kit';
import { api, ok, type AuditEntry } from '@/kit/api';
import { MoreButton } from '@/settings/parts/MoreButton';
import { audit as text } from '@/text/en/settings/audit';
import { AuditFilters } from './AuditFilters';
import { AuditPanel } from './AuditPanel';
import classes from './AuditTable.module.css';
import { noFilters, queryOf } from './filters';

/** `entry` is the one whose panel is open. */
const defaults = { ...noFilters, entry: '' };

/** The changes, filtered; a row opens to what was before and after. */
export function AuditTable() {
  const [view, setView] = useUrlState(defaults);
  const { key_id } = useSession();
  const [filters] = useDebouncedValue(queryOf(view), 200);
  const query = useInfiniteQuery({
    queryKey: ['audit-log', filters],
    queryFn: ({ pageParam }) => ok(api.GET('/v1/audit-log', { params: { query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  const columns = useMemo(() => columnsFor(key_id), [key_id]);
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const open = rows.find(({ id }) => id === view.entry);
  const filtered = Object.keys(filters).length > 0;
  return (
    <>
      <AuditFilters filters={view} onChange={setView} />
      {query.isPending && <Skeleton height={240} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && rows.length === 0 && <EmptyState title={filtered ? text.notFound : text.empty} />}
      {rows.length > 0 && (
        <DataTable
          label={text.label}
          columns={columns}
          rows={rows}
          rowId={({ id }) => id}
          onOpen={({ id }) => setView({ entry: id }, { push: true })}
          selected={view.entry}
        />
      )}
      <MoreButton query={query} />
      {open && <AuditPanel entry={open} who={actorWords(open.actor, key_id)} onClose={() => setView({ entry: '' })} />}
    </>
  );
}

function actorWords(actor: string, own: string): string {
  return actor === own ? text.you(actor) : (text.actors[actor] ?? actor);
}

function columnsFor(own: string): readonly DataColumn<AuditEntry>[] {
  return [
    { id: 'at', header: text.columns.at, cell: ({ at }) => <When at={at} seconds /> },
    { id: 'actor', header: text.columns.actor, wide: true, cell: ({ actor }) => actorWords(actor, own) },
    { id: 'action', header: text.columns.action, cell: ({ action }) => <code className={classes.word}>{action}</code> },
    { id: 'subject', header: text.columns.subject, cell: ({ subject }) => <span className={classes.word}>{subject}</span> },
  ];
}
