import { useQuery } from '@tanstack/react-query';
import { arrive } from './arrival';

/** Signs in with the key that stood in the address, once; `done` when there was none or it was taken. */
export function useArrival(): { done: boolean; error: Error | null } {
  const { isSuccess, error } = useQuery({
    queryKey: ['arrival'],
    queryFn: () => arrive().then(() => true),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  });
  return { done: isSuccess, error };
}
