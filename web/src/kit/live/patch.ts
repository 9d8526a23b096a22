import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Changes what a query shows by what a stream tells. An answer that is on its way may be older than
 * that: it is asked for again.
 */
export function patch<T>(client: QueryClient, queryKey: QueryKey, change: (shown: T) => T): void {
  const asked = client.isFetching({ queryKey, exact: true }) > 0;
  client.setQueryData<T>(queryKey, (shown) => shown && change(shown));
  if (asked) void client.invalidateQueries({ queryKey, exact: true });
}
