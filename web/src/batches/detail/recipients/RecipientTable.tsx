import { Button } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { EmptyState, ErrorState, VirtualTable } from '@/kit';
import type { BatchView } from '@/kit/api';
import { batch as words } from '@/text/en/batch';
import { batchZone } from '../../state';
import { recipientColumns } from './columns';
import { narrows, noFilters, readFilters } from './filters';
import { RecipientFilterBar } from './RecipientFilterBar';
import classes from './Recipients.module.css';
import { useRowPages } from './useRowPages';

interface Props {
  batch: BatchView;
  view: { status: string; outcome: string; digits: string; result: string; q: string; recipient: string };
  onChange: (change: { status?: string; outcome?: string; digits?: string; result?: string; q?: string }) => void;
  onOpen: (recipientId: string) => void;
  stale: boolean;
}

const rowHeight = 34;
/** The table is as high as its rows, and no higher than this. */
const mostRows = 17;

/** Every recipient of the batch: of a million, the rows in sight. */
export function RecipientTable({ batch, view, onChange, onOpen, stale }: Props) {
  const filters = readFilters(view);
  const pages = useRowPages(batch.id, filters);
  const { count, error, loading } = pages.state;
  const zone = batchZone(batch);
  const { total } = batch.progress;
  // The names as one text: the counts beside them change all the time, and the columns do not.
  const resultNames = batch.results.map(({ name }) => name).join(' ');
  const columns = useMemo(() => recipientColumns(batch.columns, resultNames, total, zone), [batch.columns, resultNames, total, zone]);
  const see = useCallback((first: number, last: number) => pages.see(first, last), [pages]);
  const filtered = narrows(filters);

  return (
    <div className={classes.recipients}>
      <RecipientFilterBar filters={filters} results={batch.results} rows={pages.state} onChange={onChange} />
      {error !== undefined && <ErrorState error={error} onRetry={() => pages.refresh()} />}
      {count === 0 && !loading && error === undefined ? (
        <EmptyState
          title={filtered ? words.recipients.none : words.recipients.nobody}
          action={
            filtered && (
              <Button variant="default" onClick={() => onChange(noFilters)}>
                {words.recipients.clear}
              </Button>
            )
          }
        >
          {filtered && words.recipients.noneHelp}
        </EmptyState>
      ) : (
        <VirtualTable
          label={words.recipients.table}
          columns={columns}
          total={count}
          row={(index) => pages.row(index)}
          onRange={see}
          onOpen={(recipient) => onOpen(recipient.id)}
          selected={(recipient) => recipient.id === view.recipient}
          height={Math.min(mostRows, (loading ? mostRows : count) + 1) * rowHeight + 18}
          stale={stale}
        />
      )}
    </div>
  );
}
