import type { RouteObject } from 'react-router';
import { lazyPage } from '@/kit/lazyPage';

export const numberRoutes: RouteObject[] = [
  { path: 'phone-numbers', ...lazyPage(async () => (await import('./PhoneNumbersPage')).PhoneNumbersPage) },
];
