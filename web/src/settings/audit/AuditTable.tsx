import { Skeleton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable, EmptyState, ErrorState, useSession, useUrlState, When, type DataColumn } from '@/kit';
import { api, ok, type AuditEntry } from '@/kit/api';
import { MoreButton } from '@/kit/MoreButton';
import { audit as text } from '@/text/en/settings/audit';
import { AuditFilters } from './AuditFilters';
import { AuditPanel } from './AuditPanel';
import { workspacesQuery } from '../operator/queries';
import { subjectWords } from './subject';
import classes from './AuditTable.module.css';
import { noFilters, queryOf } from './filters';

/** `entry` is the one whose panel is open. */
const defaults = { ...noFilters, entry: '' };

/** The changes, filtered, of this workspace or of `all`; a row opens to what was before and after. */
export function AuditTable({ all }: { all: boolean }) {
  const [view, setView] = useUrlState(defaults);
  const { key_id } = useSession();
  const [filters] = useDebouncedValue(queryOf(view), 200);
  const query = useInfiniteQuery({
    queryKey: ['audit-log', all, filters],
    queryFn: ({ pageParam }) => {
      const params = { query: { ...filters, ...(pageParam ? { cursor: pageParam } : {}) } };
      return ok(all ? api.GET('/v1/operator/audit-log', { params }) : api.GET('/v1/audit-log', { params }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  const workspaces = useQuery({ ...workspacesQuery, enabled: all });
  const names = useMemo(() => new Map(workspaces.data?.items.map(({ id, name }) => [id, name])), [workspaces.data]);
  const columns = useMemo(() => columnsFor(key_id, all ? names : undefined), [key_id, all, names]);
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
      {open && <AuditPanel entry={open} who={actorWords(open, key_id)} onClose={() => setView({ entry: '' })} />}
    </>
  );
}

/** "You", or a key by its name. */
function actorWords({ actor, actor_name }: Pick<AuditEntry, 'actor' | 'actor_name'>, own: string): string {
  return actor === own ? text.you : (text.actors[actor] ?? actor_name ?? actor);
}

/** `names` are those of all workspaces, where the changes of all are shown. */
function columnsFor(own: string, names: ReadonlyMap<string, string> | undefined): readonly DataColumn<AuditEntry>[] {
  const whose = ({ workspace_id }: AuditEntry) => (workspace_id ? (names?.get(workspace_id) ?? workspace_id) : text.installation);
  return [
    { id: 'at', header: text.columns.at, cell: ({ at }) => <span className={classes.when}><When at={at} seconds /></span> },
    ...(names ? [{ id: 'workspace', header: text.columns.workspace, wide: true, cell: whose }] : []),
    { id: 'actor', header: text.columns.actor, wide: true, cell: (entry) => <span title={entry.actor}>{actorWords(entry, own)}</span> },
    { id: 'action', header: text.columns.action, cell: ({ action }) => <span title={action}>{text.actions[action] ?? action}</span> },
    { id: 'subject', header: text.columns.subject, cell: (entry) => <span className={classes.word} title={entry.subject}>{subjectWords(entry)}</span> },
  ];
}
