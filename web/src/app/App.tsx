import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from 'react-router';
import { makeQueryClient } from '@/kit/query';
import { router } from './router';
import { theme } from './theme';

const client = makeQueryClient();

/**
 * The application and what it stands on. Mantine may make no <style> element, so its variables come
 * from a stylesheet (vite.config.ts) and its global classes are not used.
 */
export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Notifications position="bottom-right" />
      </QueryClientProvider>
    </MantineProvider>
  );
}
