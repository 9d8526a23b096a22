import { useQuery } from '@tanstack/react-query';
import { api, ok } from '@/kit/api';

/** The newest batches and the agents that calls can be narrowed to, with the one that already is chosen. */
export function useChoices(chosenBatch: string) {
  const { data: batches } = useQuery({
    queryKey: ['batches', 'choices'],
    queryFn: () => ok(api.GET('/v1/batch-calls', { params: { query: { limit: 100 } } })),
  });
  const { data: agents } = useQuery({ queryKey: ['agents', 'choices'], queryFn: () => ok(api.GET('/v1/agents')) });
  const names = new Map(batches?.items.map((batch) => [batch.id, batch.name]));
  if (chosenBatch && !names.has(chosenBatch)) names.set(chosenBatch, chosenBatch);
  return {
    names,
    batches: [...names].map(([value, label]) => ({ value, label })),
    agents: agents?.items.map((agent) => ({ value: agent.id, label: agent.name })) ?? [],
  };
}
