import { queryOptions } from '@tanstack/react-query';
import { api, ok, type GroupView } from '@/kit/api';

/** All network groups, some thousand: presets and the search need them whole. */
export const groupsQuery = queryOptions({
  queryKey: ['network-groups'],
  queryFn: async () => {
    const groups: GroupView[] = [];
    let cursor: string | null | undefined;
    do {
      const query = { limit: 1000, ...(cursor ? { cursor } : {}) };
      const page = await ok(api.GET('/v1/network-groups', { params: { query } }));
      groups.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return groups;
  },
  staleTime: 60_000,
});
