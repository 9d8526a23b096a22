import type { RouteObject } from 'react-router';
import { lazyPage } from '@/kit/lazy';
import { BatchListPage } from './list/BatchListPage';

export const batchRoutes: RouteObject[] = [
  // Where one begins: it comes with the application.
  { path: 'batch-calls', Component: BatchListPage },
  { path: 'batch-calls/:id', ...lazyPage(async () => (await import('./detail')).BatchPage) },
];
