import type { AttemptView, Moment } from '@/kit/api';
import { timeOfDay } from '@/kit/format';
import { calls } from '@/text/en/calls';
import { offsetWords } from './ladder/words';
import { detailOf } from './moments';
import classes from './Timeline.module.css';

/** What happened in a call, in order. */
export function Timeline({ moments, results }: { moments: readonly Moment[]; results: AttemptView['results'] }) {
  return (
    <ol className={classes.moments}>
      {moments.map((moment, index) => (
        <li key={index} data-event={moment.event}>
          <span className={classes.offset} title={timeOfDay(moment.at)}>
            {offsetWords(moment.offset_ms)}
          </span>
          <span>
            {calls.moments[moment.event] ?? moment.event}
            {moment.detail && <span className={classes.detail}> · {detailOf(moment, results)}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
