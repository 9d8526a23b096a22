import { Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { DataTable, EmptyState, ErrorState, PageHeader, useUrlState } from '@/kit';
import { api, ok } from '@/kit/api';
import { workspaceQuery } from '@/numbers/queries';
import { MayButton } from '@/kit/access/MayButton';
import { MoreButton } from '@/kit/MoreButton';
import { NeedsScope } from '@/kit/access/NeedsScope';
import { Section } from '@/kit/form/Section';
import { privacy as text } from '@/text/en/settings/privacy';
import { erasureColumns } from './columns';
import { EraseDialog } from './EraseDialog';
import { KeepForm } from './KeepForm';

/** How soon to look again while something waits, in milliseconds. */
const AGAIN_MS = 2_000;

/** What is kept of people, and for how long. */
export function PrivacyPage() {
  const workspace = useQuery(workspaceQuery);
  return (
    <>
      <PageHeader title={text.title} />
      {workspace.isPending && <Skeleton height={160} />}
      {workspace.isError && <ErrorState error={workspace.error} onRetry={() => void workspace.refetch()} />}
      {workspace.data && (
        <Section title={text.keep.title} about={text.keep.about}>
          <KeepForm key={workspace.data.keep_batches_days} now={workspace.data.keep_batches_days ?? undefined} />
        </Section>
      )}
      <Erasures />
    </>
  );
}

function Erasures() {
  const [view, setView] = useUrlState({ open: '' });
  return (
    <Section
      title={text.erasures.title}
      about={text.erasures.about}
      actions={
        <MayButton needs="admin" variant="default" onClick={() => setView({ open: 'erase' }, { push: true })}>
          {text.erase.button}
        </MayButton>
      }
    >
      <NeedsScope scope="admin">
        <List />
      </NeedsScope>
      {view.open === 'erase' && <EraseDialog onClose={() => setView({ open: '' })} />}
    </Section>
  );
}

function List() {
  const query = useInfiniteQuery({
    queryKey: ['erasures'],
    queryFn: ({ pageParam }) => ok(api.GET('/v1/erasures', { params: { query: pageParam ? { cursor: pageParam } : {} } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) => (state.data?.pages.some(({ items }) => items.some((one) => one.state === 'waiting')) ? AGAIN_MS : false),
  });
  if (query.isPending) return <Skeleton height={120} />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const rows = query.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) return <EmptyState title={text.erasures.none} />;
  return (
    <>
      <DataTable label={text.erasures.label} columns={erasureColumns} rows={rows} rowId={({ id }) => id} />
      <MoreButton query={query} />
    </>
  );
}
