import { queryOptions, useQuery } from '@tanstack/react-query';
import { asProblem } from '@/kit/api';
import { arrive } from './arrival';

/** Signs in with the key that stood in the address, once; null when there was none or it was taken. */
export const arrivalQuery = queryOptions({
  queryKey: ['arrival'],
  // A refusal is kept as data: an error would be tried again, without the key.
  queryFn: () => arrive().then(() => null, asProblem),
  staleTime: Infinity,
  gcTime: Infinity,
});

/** Whether the arrival is `done`, or the `error` with which the server refused its key. */
export function useArrival() {
  const { data: error } = useQuery(arrivalQuery);
  return { done: error === null, error: error ?? null };
}
