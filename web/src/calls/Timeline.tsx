import type { Moment } from '@/kit/api';
import { timeOfDay } from '@/kit/format';
import { calls } from '@/text/en/calls';
import { offsetWords } from './ladder/words';
import classes from './Timeline.module.css';

/** These tell names and values of the user's own, which are no words of ours. */
const asItIs = new Set(['tool', 'result', 'digit']);

function detailOf({ event, detail }: Moment): string {
  return asItIs.has(event) ? (detail ?? '') : calls.momentDetail(detail ?? '');
}

/** What happened in a call, in order. */
export function Timeline({ moments }: { moments: readonly Moment[] }) {
  return (
    <ol className={classes.moments}>
      {moments.map((moment, index) => (
        <li key={index} data-event={moment.event}>
          <span className={classes.offset} title={timeOfDay(moment.at)}>
            {offsetWords(moment.offset_ms)}
          </span>
          <span>
            {calls.moments[moment.event] ?? moment.event}
            {moment.detail && <span className={classes.detail}> · {detailOf(moment)}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
