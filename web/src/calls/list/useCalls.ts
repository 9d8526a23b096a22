import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { throttle } from '@/kit/throttle';
import { api, ok } from '@/kit/api';
import { useLive } from '@/kit/live';
import { callQueryOf, type CallView } from './filters';

const pageSize = 50;
/** How often the newest calls are asked for again while calls go on, in milliseconds. */
const refreshEvery = 1_000;

/** A page of calls. The first one follows what happens; an older one stays as it is under the reader. */
export function useCalls(view: CallView) {
  const client = useQueryClient();
  const query = { ...callQueryOf(view), limit: pageSize };
  const refresh = useMemo(() => throttle(refreshEvery, () => void client.invalidateQueries({ queryKey: ['calls', 'list'] })), [client]);
  useEffect(() => () => refresh.cancel(), [refresh]);
  const connection = useLive((events) => {
    const calls = events.some(({ kind }) => kind === 'recipient.in_progress' || kind === 'call.answered' || kind === 'call.ended');
    if (calls && view.cursor === '') refresh.ask();
  });
  const result = useQuery({
    queryKey: ['calls', 'list', query],
    queryFn: () => ok(api.GET('/v1/calls', { params: { query } })),
    placeholderData: keepPreviousData,
  });
  return { ...result, stale: connection.status === 'reconnecting' };
}
