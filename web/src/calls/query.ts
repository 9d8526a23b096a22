import { api, ok } from '@/kit/api';

export function callQuery(id: string) {
  return {
    queryKey: ['call', id],
    queryFn: () => ok(api.GET('/v1/calls/{call_id}', { params: { path: { call_id: id } } })),
  };
}
