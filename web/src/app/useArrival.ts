import { useQuery } from '@tanstack/react-query';
import { asProblem } from '@/kit/api';
import { arrive } from './arrival';

/**
 * Signs in with the key that stood in the address, once: `done` when there was none or it was taken,
 * `error` when the server refused it.
 */
export function useArrival() {
  const { data: error } = useQuery({
    queryKey: ['arrival'],
    // A refusal is kept as data: an error would be tried again, without the key.
    queryFn: () => arrive().then(() => null, asProblem),
    staleTime: Infinity,
    gcTime: Infinity,
  });
  return { done: error === null, error: error ?? null };
}
