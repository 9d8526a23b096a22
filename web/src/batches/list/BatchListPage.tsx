import { Button, Skeleton, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { DataTable, EmptyState, ErrorState, PageHeader, useMay, useUrlState } from '@/kit';
import { lazyPart } from '@/kit/lazy';
import { app } from '@/text/en/app';
import { list } from '@/text/en/batches';
import { columns } from './columns';
import { Filters } from './Filters';
import { FirstSteps } from './FirstSteps';
import { Pages } from './Pages';
import { sortOf, sortingOf } from './sorting';
import { listDefaults, useBatchList } from './useBatchList';

// The drawer is loaded when it is first opened.
const NewBatchDrawer = lazyPart(async () => (await import('../new')).NewBatchDrawer);

/** The batches of the workspace. */
export function BatchListPage() {
  const [view, setView] = useUrlState(listDefaults);
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const may = useMay('operate');
  const batches = useBatchList(view);
  const filtered = view.q !== '' || view.status !== '' || view.agent !== '' || view.kind !== listDefaults.kind || view.page > 1;
  const none = batches.data?.total === 0 && !filtered;

  return (
    <>
      <PageHeader
        title={app.pages.batches}
        actions={
          may && (
            <Button component={Link} to={newBatchAddress(params)} leftSection={<IconPlus size={16} aria-hidden />}>
              {list.newBatch}
            </Button>
          )
        }
      />
      {!none && <Filters view={view} onChange={setView} />}
      {batches.isError && <ErrorState error={batches.error} onRetry={() => void batches.refetch()} />}
      {batches.isPending && (
        <Stack gap="xs" aria-busy>
          {[0, 1, 2, 3, 4].map((line) => (
            <Skeleton key={line} height={44} />
          ))}
        </Stack>
      )}
      {none && <FirstSteps />}
      {batches.data?.items.length === 0 && filtered && (
        <EmptyState
          title={list.nothingFound}
          action={
            <Button variant="default" onClick={() => setView({ q: '', status: '', agent: '', kind: listDefaults.kind, page: 1 })}>
              {list.clear}
            </Button>
          }
        >
          {list.nothingFoundHelp}
        </EmptyState>
      )}
      {batches.data && batches.data.items.length > 0 && (
        <>
          <DataTable
            label={list.label}
            columns={columns}
            rows={batches.data.items}
            rowId={(batch) => batch.id}
            onOpen={(batch) => void navigate(`/batch-calls/${batch.id}`)}
            sorting={{ state: sortingOf(view.sort), onChange: (next) => setView({ sort: sortOf(next), page: 1 }) }}
            stale={batches.stale || batches.isPlaceholderData}
          />
          <Pages batches={batches.data} onChange={setView} />
        </>
      )}
      {params.has('new') && (
        <NewBatchDrawer />
      )}
    </>
  );
}

/** The list as it is, with the drawer open over it. */
function newBatchAddress(params: URLSearchParams): string {
  const next = new URLSearchParams(params);
  next.set('new', '');
  return `?${next.toString()}`;
}
