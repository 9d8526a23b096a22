import 'uplot/dist/uPlot.min.css';
import { useId, useMemo, useState } from 'react';
import type uPlot from 'uplot';
import { outcomeTones } from '@/kit';
import type { SeriesView } from '@/kit/api';
import { dateTime, duration, number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { kit } from '@/text/en/kit';
import { chartColumns, drawn, summary } from './columns';
import { atOnceOptions, outcomeOptions } from './options';
import classes from './Series.module.css';
import { useChart } from './useChart';

/** Calls by outcome above, calls at once against their limit below, on one axis of time. */
export function SeriesChart({ series }: { series: SeriesView }) {
  const key = useId();
  const [pointed, setPointed] = useState<number>();
  const { outcomes, atOnce } = useMemo(() => {
    const columns = chartColumns(series);
    const limit = columns.times.map(() => series.max_concurrent_calls);
    return {
      outcomes: [columns.times, ...[...drawn].reverse().map((outcome) => columns.tops[outcome])] as uPlot.AlignedData,
      atOnce: [columns.times, columns.atOnce, limit] as uPlot.AlignedData,
    };
  }, [series]);
  const makeOutcomes = useMemo(() => outcomeOptions(key, setPointed), [key]);
  const makeAtOnce = useMemo(() => atOnceOptions(key, setPointed), [key]);
  const above = useChart(outcomes, 160, makeOutcomes);
  const below = useChart(atOnce, 110, makeAtOnce);
  const { ended, peak } = summary(series);
  const limit = number(series.max_concurrent_calls);

  return (
    <figure className={classes.figure} aria-label={words.series.chartLabel(number(ended), number(peak), limit)}>
      <Legend series={series} index={pointed} />
      <div className={classes.caption}>{words.series.outcomes}</div>
      <div ref={above} aria-hidden />
      <div className={classes.caption}>
        {words.series.atOnce}
        <span className={classes.limit}>
          {words.series.limit} {limit}
        </span>
      </div>
      <div ref={below} aria-hidden />
    </figure>
  );
}

/** What the colours mean, and the numbers of the time that is pointed at. */
function Legend({ series, index }: { series: SeriesView; index: number | undefined }) {
  const point = index === undefined ? undefined : series.points[index];
  return (
    <div className={classes.legend}>
      {drawn.map((outcome) => (
        <span key={outcome} className={classes.key} data-tone={outcomeTones[outcome]}>
          {kit.outcomes[outcome]}
          {point && <strong>{number(point[outcome])}</strong>}
        </span>
      ))}
      <span className={classes.when}>
        {point ? `${dateTime(point.at, { seconds: series.bucket_s < 60, withZone: true })} · ${words.series.atOnce} ${number(point.calls_at_once)}` : words.series.bucket(duration(series.bucket_s))}
      </span>
    </div>
  );
}
