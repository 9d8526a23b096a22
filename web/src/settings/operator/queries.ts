import { queryOptions } from '@tanstack/react-query';
import { api, ok } from '@/kit/api';

export const workspacesQuery = queryOptions({ queryKey: ['operator', 'workspaces'], queryFn: () => ok(api.GET('/v1/operator/workspaces')) });

export function workspaceOf(id: string) {
  return queryOptions({ queryKey: ['operator', 'workspaces', id], queryFn: () => ok(api.GET('/v1/operator/workspaces/{id}', { params: { path: { id } } })) });
}

/** Its caller IDs. */
export function numbersOf(id: string) {
  return queryOptions({
    queryKey: ['operator', 'workspaces', id, 'phone-numbers'],
    queryFn: () => ok(api.GET('/v1/operator/workspaces/{id}/phone-numbers', { params: { path: { id } } })),
  });
}
