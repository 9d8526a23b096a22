import type { RouteObject } from 'react-router';
import { lazyPage } from '@/kit/lazy';

export const numberRoutes: RouteObject[] = [
  { path: 'phone-numbers', ...lazyPage(async () => (await import('./PhoneNumbersPage')).PhoneNumbersPage) },
];
