import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { toast } from '@/kit';

interface Options<In, Out> {
  /** What must be asked for anew. */
  touches: readonly QueryKey[];
  /** What has happened, in a toast. */
  done?: (result: Out, given: In) => string;
  then?: (result: Out, given: In) => void;
  /** What was not done, in a toast; without it the form shows the error. */
  failed?: (given: In) => string;
}

/** A change that the server makes, and what the page does after it. */
export function useChange<In, Out>(change: (given: In) => Promise<Out>, { touches, done, then, failed }: Options<In, Out>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async (result, given) => {
      await Promise.all(touches.map((queryKey) => client.invalidateQueries({ queryKey })));
      if (done) toast.done(done(result, given));
      then?.(result, given);
    },
    onError: (error, given) => {
      if (failed) toast.failed(failed(given), error);
    },
  });
}
