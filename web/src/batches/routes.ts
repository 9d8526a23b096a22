import type { RouteObject } from 'react-router';
import { lazyPage } from '@/kit/lazyPage';

export const batchRoutes: RouteObject[] = [
  { path: 'batch-calls', ...lazyPage(async () => (await import('./list')).BatchListPage) },
  { path: 'batch-calls/:id', ...lazyPage(async () => (await import('./detail')).BatchPage) },
];
