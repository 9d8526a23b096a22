import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { RouterProvider } from 'react-router';
import { signedOut } from '@/kit/api/signedOut';
import { makeQueryClient } from '@/kit/query';
import { sessionQuery } from '@/kit/session';
import { sessionNews } from '@/kit/sessionNews';
import { askAhead } from './askAhead';
import { followSession } from './followSession';
import { makeRouter } from './router';
import { theme } from './theme';
import { Toasts } from './Toasts';
import { useDrawn } from './useDrawn';

function start() {
  const client = makeQueryClient();
  // An answer of 401 on any page: who signs in again comes back to where they were (SessionGate).
  signedOut.subscribe(() => client.setQueryData(sessionQuery.queryKey, null));
  sessionNews.subscribe((session) => followSession(client, session));
  void askAhead(client);
  return { client, router: makeRouter() };
}

/**
 * The application and what it stands on. Mantine may make no <style> element, so its variables come
 * from a stylesheet (vite.config.ts) and its global classes are not used.
 */
export function App() {
  const [{ client, router }] = useState(start);
  const drawn = useDrawn();
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        {drawn && <Toasts />}
      </QueryClientProvider>
    </MantineProvider>
  );
}
