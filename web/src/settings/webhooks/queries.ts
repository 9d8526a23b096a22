import { queryOptions } from '@tanstack/react-query';
import { api, ok } from '@/kit/api';

export const webhooksQuery = queryOptions({ queryKey: ['webhooks'], queryFn: () => ok(api.GET('/v1/webhooks')) });

export function webhookQuery(id: string) {
  return queryOptions({ queryKey: ['webhooks', id], queryFn: () => ok(api.GET('/v1/webhooks/{id}', { params: { path: { id } } })) });
}
