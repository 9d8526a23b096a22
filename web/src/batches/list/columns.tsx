import { Link } from 'react-router';
import { BatchBadge, StatusBadge, When, type DataColumn } from '@/kit';
import type { BatchView } from '@/kit/api';
import { number, percent } from '@/kit/format';
import { list } from '@/text/en/batches';
import { answered, batchZone, peopleOf } from '../state';
import { BatchMenu } from './BatchMenu';
import { BatchProgress } from './BatchProgress';
import classes from './columns.module.css';

function Name({ batch: { id, name, progress, test } }: { batch: BatchView }) {
  return (
    <>
      <Link to={`/batch-calls/${id}`} className={classes.name}>
        {name}
      </Link>
      {test && <StatusBadge tone="quiet">{list.test}</StatusBadge>}
      <div className={classes.narrow}>
        <BatchProgress progress={progress} />
      </div>
    </>
  );
}

function Started({ batch }: { batch: BatchView }) {
  const zone = batchZone(batch);
  if (batch.started_at) return <When at={batch.started_at} zone={zone} />;
  return (
    <span className={classes.quiet}>
      {batch.starts_at && batch.status !== 'cancelled' ? (
        <>
          {list.starts} <When at={batch.starts_at} zone={zone} />
        </>
      ) : (
        list.notStarted
      )}
    </span>
  );
}

function AnswerRate({ batch }: { batch: BatchView }) {
  const { part, whole } = answered(batch.progress);
  return <span title={list.answerRateHelp}>{percent(part, whole)}</span>;
}

const { columns: heads } = list;

/** The columns of the list. */
export const columns: readonly DataColumn<BatchView>[] = [
  {
    id: 'name',
    header: heads.name,
    sortBy: (batch) => batch.name,
    cell: (batch) => <Name batch={batch} />,
  },
  { id: 'state', header: heads.state, cell: (batch) => <BatchBadge status={batch.status} /> },
  { id: 'progress', header: heads.progress, cell: (batch) => <BatchProgress progress={batch.progress} />, wide: true },
  { id: 'started', header: heads.started, cell: (batch) => <Started batch={batch} />, wide: true },
  { id: 'people', header: heads.people, cell: (batch) => number(peopleOf(batch.progress).toCall), align: 'right', wide: true },
  { id: 'answer-rate', header: heads.answerRate, cell: (batch) => <AnswerRate batch={batch} />, align: 'right', wide: true },
  { id: 'menu', header: heads.menu, cell: (batch) => <BatchMenu batch={batch} />, align: 'right' },
];
