import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, ok } from '@/kit/api';

const numbersQuery = queryOptions({ queryKey: ['phone-numbers'], queryFn: () => ok(api.GET('/v1/phone-numbers')) });
const agentsQuery = queryOptions({ queryKey: ['agents'], queryFn: () => ok(api.GET('/v1/agents')) });
const workspaceQuery = queryOptions({ queryKey: ['workspace'], queryFn: () => ok(api.GET('/v1/workspace')) });

/** What can be chosen in the drawer, and what of it the workspace prefers. */
export function useChoices() {
  const numbers = useQuery(numbersQuery);
  const agents = useQuery(agentsQuery);
  const workspace = useQuery(workspaceQuery);
  return {
    numbers: numbers.data?.items,
    /** Agents that a batch can use. */
    agents: agents.data?.items.filter(({ published_version }) => published_version),
    workspace: workspace.data,
    /** Whether the answers are there, or will not come. */
    known: ![numbers, agents, workspace].some(({ isPending }) => isPending),
  };
}

export type Choices = ReturnType<typeof useChoices>;

/** The published versions of an agent, the newest first. */
export function useVersions(agentId: string) {
  const { data } = useQuery({
    queryKey: ['agent', agentId, 'versions'],
    queryFn: () => ok(api.GET('/v1/agents/{id}/versions', { params: { path: { id: agentId } } })),
    enabled: agentId !== '',
  });
  return data?.items.filter(({ status }) => status === 'published').sort((a, b) => b.number - a.number);
}

/** Where there is only one to choose, or the workspace names one, it is chosen. */
export function preferred({ numbers, agents, workspace }: Choices): { fromNumber?: string; agentId?: string; agentVersion?: number } {
  const usual = numbers?.find(({ id }) => id === workspace?.default_phone_number_id) ?? (numbers?.length === 1 ? numbers[0] : undefined);
  const agent = agents?.length === 1 ? agents[0] : undefined;
  return {
    ...(usual?.trunk_id ? { fromNumber: usual.phone_number } : {}),
    ...(agent?.published_version ? { agentId: agent.id, agentVersion: agent.published_version } : {}),
  };
}
