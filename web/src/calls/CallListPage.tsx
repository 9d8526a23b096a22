import { Button, Group, Skeleton } from '@mantine/core';
import { IconArrowBarToLeft, IconChevronRight } from '@tabler/icons-react';
import { useMemo } from 'react';
import { Link, useNavigate } from 'react-router';
import { DataTable, EmptyState, ErrorState, PageHeader, useUrlState } from '@/kit';
import { calls } from '@/text/en/calls';
import { CallFilters } from './list/CallFilters';
import classes from './list/CallList.module.css';
import { callColumns } from './list/columns';
import { defaults, isFiltered } from './list/filters';
import { useCalls } from './list/useCalls';
import { useChoices } from './list/useChoices';

const words = calls.list;

/** Every call, newest first. */
export function CallListPage() {
  const [view, setView] = useUrlState(defaults);
  const navigate = useNavigate();
  const { data, error, refetch, isPlaceholderData, stale } = useCalls(view);
  const { names } = useChoices(view.batch);
  const columns = useMemo(() => callColumns(names), [names]);
  const next = data?.next_cursor ?? undefined;
  // Another filter begins at the newest call again.
  const narrow = (change: Partial<typeof view>) => setView({ ...change, cursor: '' });
  const clear = () => setView(defaults);

  return (
    <>
      <PageHeader title={words.title} />
      <div className={classes.page}>
        <CallFilters view={view} onChange={narrow} onClear={clear} />
        {error && <ErrorState error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton height={400} />}
        {data && data.items.length > 0 && (
          <DataTable
            label={words.table}
            columns={columns}
            rows={data.items}
            rowId={(call) => call.call_id}
            onOpen={(call) => void navigate(`/calls/${call.call_id}`)}
            stale={stale || isPlaceholderData}
          />
        )}
        {data?.items.length === 0 && <Nothing filtered={isFiltered(view)} more={next !== undefined} onClear={clear} />}
        {(view.cursor !== '' || next !== undefined) && (
          <Group component="nav" justify="flex-end" gap="xs" aria-label={words.pages}>
            <Button
              variant="default"
              size="xs"
              leftSection={<IconArrowBarToLeft size={15} aria-hidden />}
              disabled={view.cursor === ''}
              onClick={() => setView({ cursor: '' }, { push: true })}
            >
              {words.newest}
            </Button>
            <Button
              variant="default"
              size="xs"
              rightSection={<IconChevronRight size={15} aria-hidden />}
              disabled={next === undefined || isPlaceholderData}
              onClick={() => setView({ cursor: next ?? '' }, { push: true })}
            >
              {words.older}
            </Button>
          </Group>
        )}
      </div>
    </>
  );
}

/** Why the list is empty, and what to do. */
function Nothing({ filtered, more, onClear }: { filtered: boolean; more: boolean; onClear: () => void }) {
  if (more) return <EmptyState title={words.noneOnPage}>{words.noneOnPageHelp}</EmptyState>;
  if (filtered) {
    return (
      <EmptyState title={words.noneFound} action={<Button variant="default" onClick={onClear}>{words.clear}</Button>}>
        {words.noneFoundHelp}
      </EmptyState>
    );
  }
  return (
    <EmptyState title={words.noneYet} action={<Button component={Link} to="/batch-calls">{words.toBatches}</Button>}>
      {words.noneYetHelp}
    </EmptyState>
  );
}
