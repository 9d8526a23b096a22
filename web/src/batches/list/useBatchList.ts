import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ok, type BatchList, type BatchState } from '@/kit/api';
import { patch, useLive } from '@/kit/live';
import type { UrlState } from '@/kit/useUrlState';
import { changesList, newestProgress, withProgress } from './live';

export const listDefaults = { q: '', status: '', agent: '', kind: 'batches', sort: '-created_at', page: 1, limit: 20 } as const;
export type ListView = UrlState<typeof listDefaults>;

export const states: readonly BatchState[] = ['draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled'];
export const sorts = ['-created_at', 'created_at', 'name', '-name', 'starts_at', '-starts_at'] as const;
export const kinds = ['batches', 'tests', 'all'] as const;
export const limits = [20, 50, 100] as const;

/** The view as the API takes it; what an old or mistyped address says and nobody knows is left out. */
function asked({ q, status, agent, kind, sort, page, limit }: ListView) {
  const state = states.find((state) => state === status);
  return {
    ...(q ? { q } : {}),
    ...(state ? { status: state } : {}),
    ...(/^agent_\d+$/.test(agent) ? { agent_id: agent } : {}),
    // A call with which somebody tries an agent is no batch that people wait for.
    ...(kind === 'all' ? {} : { test: kind === 'tests' }),
    sort: sorts.find((known) => known === sort) ?? listDefaults.sort,
    page: Math.max(1, Math.trunc(page)),
    limit: limits.find((known) => known === limit) ?? listDefaults.limit,
  };
}

export function batchesQuery(view: ListView) {
  const query = asked(view);
  return queryOptions({
    queryKey: ['batches', query],
    queryFn: ({ signal }) => ok(api.GET('/v1/batch-calls', { params: { query }, signal })),
  });
}

/** A page of the batches, kept up to date by what happens. */
export function useBatchList(view: ListView) {
  const client = useQueryClient();
  const query = batchesQuery(view);
  const batches = useQuery({ ...query, placeholderData: keepPreviousData });
  const connection = useLive((events) => {
    const newest = newestProgress(events);
    if (newest.size > 0) patch<BatchList>(client, query.queryKey, (page) => withProgress(page, newest));
    if (changesList(events)) void client.invalidateQueries({ queryKey: ['batches'] });
  });
  return { ...batches, stale: connection.status === 'reconnecting' };
}
