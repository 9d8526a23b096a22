import type { RouteObject } from 'react-router';
import { lazyPage } from '@/kit/lazy';

export const callRoutes: RouteObject[] = [
  { path: 'calls', ...lazyPage(async () => (await import('./CallListPage')).CallListPage) },
  { path: 'calls/:id', ...lazyPage(async () => (await import('./CallPage')).CallPage) },
];
