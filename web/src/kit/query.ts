import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from './api';

/** Worth another try: the server did not answer, or said that it could not just now. */
function passing(error: Error): boolean {
  return !(error instanceof ProblemError) || error.status === 0 || error.status >= 500;
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Live events refresh what they touch; this is for what no event tells of.
        staleTime: 10_000,
        retry: (failures, error) => failures < 2 && passing(error),
        // Try against a local server even when the machine is off the network.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
