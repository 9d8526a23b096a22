import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import { agentRoutes } from '@/agents/routes';
import { batchRoutes } from '@/batches/routes';
import { callRoutes } from '@/calls/routes';
import { lazyPage } from '@/kit/lazy';
import { numberRoutes } from '@/numbers/routes';
import { settingsRoutes } from '@/settings/routes';
import { Layout } from './Layout';
import { NotFoundPage } from './NotFoundPage';
import { PageError } from './PageError';
import { SessionGate } from './SessionGate';

const pages: RouteObject[] = [
  { index: true, element: <Navigate to="/batch-calls" replace /> },
  ...batchRoutes,
  ...callRoutes,
  ...agentRoutes,
  ...numberRoutes,
  ...settingsRoutes,
  { path: '*', element: <NotFoundPage /> },
];

/** While the code of the first page comes. */
const Nothing = () => null;

/** Every page; each feature names its own and loads them when they are first opened. */
export function makeRouter() {
  return createBrowserRouter([
    {
      errorElement: <PageError />,
      HydrateFallback: Nothing,
      children: [
        { path: 'sign-in', ...lazyPage(async () => (await import('./SignInPage')).SignInPage) },
        {
          element: <SessionGate />,
          // A page that fails leaves the sidebar in its place.
          children: [{ element: <Layout />, children: [{ errorElement: <PageError />, children: pages }] }],
        },
      ],
    },
  ]);
}
