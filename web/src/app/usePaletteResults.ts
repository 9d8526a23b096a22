import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, ok, type AgentView, type BatchView, type CallSummary } from '@/kit/api';
import { isCallId } from '@/kit/ids';

interface Results {
  batches: readonly BatchView[];
  agents: readonly AgentView[];
  /** The call whose ID the query is. */
  calls: readonly CallSummary[];
}

/** Batches whose names the query is part of, the newest without one; all agents; and a call by its ID. */
export function usePaletteResults(query: string): Results {
  const [q] = useDebouncedValue(query.trim(), 150);
  const batches = useQuery({
    queryKey: ['palette', q],
    queryFn: () => ok(api.GET('/v1/batch-calls', { params: { query: { limit: 6, ...(q ? { q } : {}) } } })),
    placeholderData: keepPreviousData,
  });
  const agents = useQuery({ queryKey: ['agents'], queryFn: () => ok(api.GET('/v1/agents')) });
  const callId = isCallId(q) ? q : '';
  const calls = useQuery({
    queryKey: ['palette', 'call', callId],
    queryFn: () => ok(api.GET('/v1/calls', { params: { query: { call_id: callId } } })),
    enabled: callId !== '',
  });
  return { batches: batches.data?.items ?? [], agents: agents.data?.items ?? [], calls: calls.data?.items ?? [] };
}
