import { Tooltip } from '@mantine/core';
import type { Progress } from '@/kit/api';
import { number } from '@/kit/format';
import { list } from '@/text/en/batches';
import { kit } from '@/text/en/kit';
import classes from './BatchProgress.module.css';
import { done, segments } from './figures';

/** How far a batch is: a bar of the statuses, and the same in words. */
export function BatchProgress({ progress }: { progress: Progress }) {
  const parts = segments(progress);
  const words = parts.map(({ status, count }) => list.share(number(count), kit.recipientStatuses[status])).join(', ');
  return (
    <Tooltip label={words} disabled={words === ''} multiline maw={320}>
      <div className={classes.progress}>
        <div className={classes.bar} role="img" aria-label={words}>
          {parts.map(({ status, width }) => (
            <div key={status} className={classes.segment} data-status={status} style={{ width: `${String(width)}%` }} />
          ))}
        </div>
        <span className={classes.words}>{list.done(number(done(progress)), number(progress.total))}</span>
      </div>
    </Tooltip>
  );
}
