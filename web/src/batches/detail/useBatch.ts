import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { api, ok, type BatchView } from '@/kit/api';
import { patch, useLive } from '@/kit/live';
import { throttle } from '@/kit/throttle';
import { asTold } from '../state';
import { meaningOf } from './live';

/** How often what is computed from many calls is asked for again while calls go on, in milliseconds. */
const seriesEvery = 2_000;
const forecastEvery = 5_000;

export function batchQuery(id: string) {
  return { queryKey: ['batch', id], queryFn: () => ok(api.GET('/v1/batch-calls/{id}', { params: { path: { id } } })) };
}

/** A batch that follows what happens to it. `stale` says that the connection is lost. */
export function useBatch(id: string) {
  const client = useQueryClient();
  const query = useQuery(batchQuery(id));

  const refresh = useMemo(
    () => ({
      batch: throttle(seriesEvery, () => void client.invalidateQueries({ queryKey: ['batch', id], exact: true })),
      series: throttle(seriesEvery, () => void client.invalidateQueries({ queryKey: ['batch', id, 'series'] })),
      forecast: throttle(forecastEvery, () => void client.invalidateQueries({ queryKey: ['batch', id, 'forecast'] })),
    }),
    [client, id],
  );
  useEffect(
    () => () => {
      refresh.batch.cancel();
      refresh.series.cancel();
      refresh.forecast.cancel();
    },
    [refresh],
  );

  const connection = useLive((events) => {
    const { progress, changed, calls } = meaningOf(events);
    if (progress) patch<BatchView>(client, ['batch', id], (batch) => asTold(batch, progress));
    if (changed) void client.invalidateQueries({ queryKey: ['batch', id] });
    if (calls) {
      // No event carries the counts of results and conversations.
      refresh.batch.ask();
      refresh.series.ask();
      refresh.forecast.ask();
    }
  }, id);

  return { ...query, stale: connection.status === 'reconnecting' };
}
