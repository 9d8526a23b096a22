import { Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, ok, type BatchView, type Forecast as ForecastOf } from '@/kit/api';
import { dayTime, number, readerZone, roughly, sameClock } from '@/kit/format';
import { useNow } from '@/kit/useNow';
import { batch as words } from '@/text/en/batch';
import { batchZone, isOver } from '../../state';
import classes from './Dialing.module.css';

/** When the batch will be done, as far as anybody can tell. */
export function Forecast({ batch }: { batch: BatchView }) {
  const { id, status } = batch;
  const { data } = useQuery({
    queryKey: ['batch', id, 'forecast'],
    queryFn: () => ok(api.GET('/v1/batch-calls/{id}/forecast', { params: { path: { id } } })),
    enabled: !isOver(status),
    refetchInterval: 60_000,
  });
  if (isOver(status) || !data) return null;
  return (
    <section aria-labelledby="forecast">
      <Title order={3} id="forecast" className={classes.title}>
        {titleOf(status)}
      </Title>
      {data.forecast ? <Told forecast={data.forecast} zone={batchZone(batch)} /> : <Quiet>{data.detail}</Quiet>}
    </section>
  );
}

/** A batch that waits for somebody is told as if they came now. */
function titleOf(status: BatchView['status']): string {
  if (status === 'paused') return words.forecast.ifResumed;
  return status === 'draft' ? words.forecast.ifStarted : words.forecast.title;
}

function Told({ forecast, zone }: { forecast: ForecastOf; zone: string | undefined }) {
  const { early_at: early, likely_at: likely, late_at: late, calls_at_once: calls, limit, cut_short: cutShort, from_history: known } = forecast;
  const now = useNow(10_000);
  const left = (new Date(likely).getTime() - now) / 1_000;
  const [from, to] = [dayTime(early), dayTime(late)];
  const there = zone && !sameClock(likely, zone, readerZone()) ? dayTime(likely, { zone }) : undefined;
  const what = limit ? words.forecast.limits[limit] : undefined;
  return (
    <>
      <Text size="sm" fw={500} className={classes.countdown}>
        {left < 60 ? words.forecast.soon : words.forecast.likely(roughly(left))}
        <Text span size="sm" c="var(--text-quiet)">
          <time dateTime={likely}>{dayTime(likely)}</time>
          {there && ` (${there})`}
        </Text>
      </Text>
      {from !== to && <Quiet>{words.forecast.between(from, to)}</Quiet>}
      <Quiet>
        {words.forecast.pace(number(calls), calls === 1)} {what && words.forecast.limit(what)}
      </Quiet>
      {cutShort && (
        <Text size="sm" className={classes.warning}>
          {words.forecast.cutShort}
        </Text>
      )}
      {!known && <Quiet>{words.forecast.assumed}</Quiet>}
    </>
  );
}

function Quiet({ children }: { children: React.ReactNode }) {
  return (
    <Text size="sm" c="var(--text-quiet)">
      {children}
    </Text>
  );
}
