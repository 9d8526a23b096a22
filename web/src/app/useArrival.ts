import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { asProblem, type ProblemError } from '@/kit/api';
import { arrive } from './arrival';

/** How the arrival went: why the server refused it, and the key that it made, until somebody saw it. */
interface Arrival {
  error: ProblemError | null;
  madeKey: string | null;
}

/** Signs in as the address said, once. */
export const arrivalQuery = queryOptions({
  queryKey: ['arrival'],
  // A refusal is kept as data: an error would be tried again, without the key.
  queryFn: (): Promise<Arrival> =>
    arrive().then(
      (madeKey) => ({ error: null, madeKey }),
      (thrown: unknown) => ({ error: asProblem(thrown), madeKey: null }),
    ),
  staleTime: Infinity,
  gcTime: Infinity,
});

/** Whether the arrival is `done`, or the `error` with which the server refused it; the key it made. */
export function useArrival() {
  const client = useQueryClient();
  const { data } = useQuery(arrivalQuery);
  const forgetKey = () => client.setQueryData(arrivalQuery.queryKey, { error: null, madeKey: null });
  return {
    done: data !== undefined && data.error === null,
    error: data?.error ?? null,
    madeKey: data?.madeKey ?? null,
    /** The key was seen. */
    forgetKey,
  };
}
