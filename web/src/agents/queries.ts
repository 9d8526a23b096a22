import { queryOptions } from '@tanstack/react-query';
import { api, ok } from '@/kit/api';

export const agentsQuery = queryOptions({ queryKey: ['agents'], queryFn: () => ok(api.GET('/v1/agents')) });

export function agentQuery(id: string) {
  return queryOptions({ queryKey: ['agent', id], queryFn: () => ok(api.GET('/v1/agents/{id}', { params: { path: { id } } })) });
}

/** Every version with what it says, the newest first. */
export function versionsQuery(id: string) {
  return queryOptions({
    queryKey: ['agent', id, 'versions'],
    queryFn: () => ok(api.GET('/v1/agents/{id}/versions', { params: { path: { id } } })),
    select: ({ items }) => items.toSorted((a, b) => b.number - a.number),
  });
}

/** What this server can speak; that changes only with its programs. */
export const voicesQuery = queryOptions({ queryKey: ['voices'], queryFn: () => ok(api.GET('/v1/voices')), staleTime: Infinity });

/** The sounds of the workspace, by name. */
export const soundsQuery = queryOptions({ queryKey: ['sounds'], queryFn: () => ok(api.GET('/v1/sounds')), select: ({ items }) => items });

/** What to ask for anew when an agent changed. */
export function touchedBy(id: string) {
  return [['agents'], ['agent', id], ['sounds']];
}
