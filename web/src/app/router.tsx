import { createBrowserRouter, Navigate } from 'react-router';
import { agentRoutes } from '@/agents/routes';
import { batchRoutes } from '@/batches/routes';
import { callRoutes } from '@/calls/routes';
import { numberRoutes } from '@/numbers/routes';
import { settingsRoutes } from '@/settings/routes';
import { Layout } from './Layout';

/** Every page; each feature names its own and loads them when they are first opened. */
export const router = createBrowserRouter([
  {
    element: <Layout />,
    children: [
      { index: true, element: <Navigate to="/batch-calls" replace /> },
      ...batchRoutes,
      ...callRoutes,
      ...agentRoutes,
      ...numberRoutes,
      ...settingsRoutes,
    ],
  },
]);
