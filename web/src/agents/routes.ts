import type { RouteObject } from 'react-router';
import { lazyPage } from '@/kit/lazy';

export const agentRoutes: RouteObject[] = [
  { path: 'agents', ...lazyPage(async () => (await import('./AgentListPage')).AgentListPage) },
  { path: 'agents/sounds', ...lazyPage(async () => (await import('./SoundsPage')).SoundsPage) },
  { path: 'agents/:id', ...lazyPage(async () => (await import('./AgentPage')).AgentPage) },
];
