import type { RouteObject } from 'react-router';
import { lazyPage } from '@/kit/lazyPage';

export const settingsRoutes: RouteObject[] = [
  { path: 'settings/*', ...lazyPage(async () => (await import('./SettingsPage')).SettingsPage) },
];
