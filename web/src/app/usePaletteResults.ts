import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, ok, type AgentView, type BatchView } from '@/kit/api';

interface Results {
  batches: readonly BatchView[];
  agents: readonly AgentView[];
}

/** Batches whose names the query is part of, the newest without one; and all agents. */
export function usePaletteResults(query: string): Results {
  const [q] = useDebouncedValue(query.trim(), 150);
  const batches = useQuery({
    queryKey: ['palette', q],
    queryFn: () => ok(api.GET('/v1/batch-calls', { params: { query: { limit: 6, ...(q ? { q } : {}) } } })),
    placeholderData: keepPreviousData,
  });
  const agents = useQuery({ queryKey: ['agents'], queryFn: () => ok(api.GET('/v1/agents')) });
  return { batches: batches.data?.items ?? [], agents: agents.data?.items ?? [] };
}
