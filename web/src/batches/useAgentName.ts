import { useQuery } from '@tanstack/react-query';
import { api, ok } from '@/kit/api';

/** The name of an agent; its id until that is known. */
export function useAgentName(id: string): string {
  const { data } = useQuery({ queryKey: ['agent', id], queryFn: () => ok(api.GET('/v1/agents/{id}', { params: { path: { id } } })) });
  return data?.name ?? id;
}
