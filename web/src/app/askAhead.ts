import type { QueryClient } from '@tanstack/react-query';
import { batchesQuery, listDefaults } from '@/batches/list/useBatchList';
import { sessionQuery } from '@/kit/session';
import { readState } from '@/kit/useUrlState';
import { arrivalQuery } from './useArrival';

/** What went wrong is told by those who show the answer. */
const untold = () => undefined;

/** Asks for what the first page waits for, together and before anything is drawn. */
export async function askAhead(client: QueryClient): Promise<void> {
  const { error } = await client.query(arrivalQuery);
  if (error !== null) return;
  client.query(sessionQuery).catch(untold);
  const { pathname, search } = window.location;
  if (pathname !== '/' && pathname !== '/batch-calls') return;
  client.query(batchesQuery(readState(listDefaults, new URLSearchParams(search)))).catch(untold);
}
