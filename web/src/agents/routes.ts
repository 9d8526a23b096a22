import type { RouteObject } from 'react-router';
import { lazyPage } from '@/kit/lazy';

export const agentRoutes: RouteObject[] = [
  { path: 'agents', ...lazyPage(async () => (await import('./AgentListPage')).AgentListPage) },
  { path: 'agents/:id', ...lazyPage(async () => (await import('./AgentPage')).AgentPage) },
];
