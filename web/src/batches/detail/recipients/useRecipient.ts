import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ok } from '@/kit/api';
import { useLive } from '@/kit/live';
import { recipientOf } from './patch';

/** A recipient with its attempts; it follows what happens to it. The empty text is nobody. */
export function useRecipient(id: string, batchId: string) {
  const client = useQueryClient();
  useLive((events) => {
    const mine = events.some((event) => event.kind === 'snapshot' || ('data' in event && recipientOf(event) === id));
    if (mine) void client.invalidateQueries({ queryKey: ['batch', batchId, 'recipient', id] });
  }, batchId);
  return useQuery({
    queryKey: ['batch', batchId, 'recipient', id],
    queryFn: () => ok(api.GET('/v1/recipients/{id}', { params: { path: { id } } })),
    enabled: id !== '',
  });
}
