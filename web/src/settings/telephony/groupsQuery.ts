import { queryOptions } from '@tanstack/react-query';
import { api, ok, type GroupView } from '@/kit/api';

/**
 * All network groups, some thousand: presets and the search need them whole. They say what another
 * workspace may call, for the operator, or without one the workspace that is signed in.
 */
export function groupsOf(workspace?: string) {
  return queryOptions({
    queryKey: ['network-groups', workspace ?? ''],
    queryFn: async () => {
      const groups: GroupView[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await pageOf(workspace, { limit: 1000, ...(cursor ? { cursor } : {}) });
        groups.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor);
      return groups;
    },
    staleTime: 60_000,
  });
}

function pageOf(workspace: string | undefined, query: { limit: number; cursor?: string }) {
  if (workspace === undefined) return ok(api.GET('/v1/network-groups', { params: { query } }));
  return ok(api.GET('/v1/operator/workspaces/{id}/network-groups', { params: { path: { id: workspace }, query } }));
}

/** Switches groups on and off, for the same workspaces. */
export function switchGroups(workspace: string | undefined, enable: string[], disable: string[]) {
  const body = { enable, disable };
  if (workspace === undefined) return ok(api.PATCH('/v1/network-groups', { body }));
  return ok(api.PATCH('/v1/operator/workspaces/{id}/network-groups', { params: { path: { id: workspace } }, body }));
}
