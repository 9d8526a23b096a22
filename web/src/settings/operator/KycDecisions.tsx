import { Button, SegmentedControl, Skeleton } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable, EmptyState, ErrorState, useUrlState, When, type DataColumn } from '@/kit';
import { api, ok, type WorkspaceKyc } from '@/kit/api';
import { MoreButton } from '@/kit/MoreButton';
import { Section } from '@/kit/form/Section';
import { operator } from '@/text/en/settings/operator';
import { parts } from '@/text/en/parts';
import { documentWords, KycBadge } from '../kyc/columns';
import { countryName } from '../telephony/presets';
import { DecisionDialog } from './DecisionDialog';
import { workspacesQuery } from './queries';

const text = operator.kyc;
const states = ['pending', 'approved', 'rejected'] as const;
/** `record` is the one that is being decided: its workspace and country. */
const defaults = { state: 'pending', record: '' };

const idOf = ({ workspace_id, country }: WorkspaceKyc) => `${workspace_id}-${country}`;

/** What workspaces handed in, and the decision about it. */
export function KycDecisions() {
  const [view, setView] = useUrlState(defaults);
  const workspaces = useQuery(workspacesQuery);
  const state = states.find((one) => one === view.state);
  const query = useInfiniteQuery({
    queryKey: ['operator', 'kyc', state ?? ''],
    queryFn: ({ pageParam }) =>
      ok(api.GET('/v1/operator/kyc', { params: { query: { ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const names = useMemo(() => new Map(workspaces.data?.items.map(({ id, name }) => [id, name])), [workspaces.data]);
  const columns = useMemo(() => columnsFor(names, (record) => setView({ record }, { push: true })), [names, setView]);
  const open = rows.find((row) => idOf(row) === view.record);
  return (
    <Section
      title={text.title}
      actions={
        <SegmentedControl
          aria-label={text.filter}
          size="xs"
          data={[...states.map((value) => ({ value, label: text.states[value] })), { value: 'all', label: text.all }]}
          value={view.state}
          onChange={(next) => setView({ state: next })}
        />
      }
    >
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && rows.length === 0 && <EmptyState title={state === 'pending' ? text.nonePending : text.none} />}
      {rows.length > 0 && <DataTable label={text.label} columns={columns} rows={rows} rowId={idOf} />}
      <MoreButton query={query} />
      {open && <DecisionDialog record={open} workspace={names.get(open.workspace_id) ?? open.workspace_id} onClose={() => setView({ record: '' })} />}
    </Section>
  );
}

function columnsFor(names: ReadonlyMap<string, string>, onDecide: (record: string) => void): readonly DataColumn<WorkspaceKyc>[] {
  return [
    { id: 'workspace', header: text.columns.workspace, cell: ({ workspace_id }) => names.get(workspace_id) ?? workspace_id },
    { id: 'country', header: text.columns.country, cell: ({ country }) => countryName(country) },
    { id: 'state', header: text.columns.state, cell: ({ state }) => <KycBadge state={state} /> },
    { id: 'documents', header: text.columns.documents, wide: true, cell: documentWords },
    { id: 'submitted', header: text.columns.submitted, wide: true, cell: ({ submitted_at }) => submitted_at && <When at={submitted_at} /> },
    {
      id: 'actions',
      header: parts.actions,
      align: 'right',
      cell: (row) => (
        <Button variant="default" size="compact-xs" onClick={() => onDecide(idOf(row))}>
          {text.decide}
        </Button>
      ),
    },
  ];
}
