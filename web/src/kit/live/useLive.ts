import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { listen, overallState, stateOf, watch, type Listener } from './hub';
import type { LiveState } from './stream';

/** Where to listen: the whole workspace, or one batch. */
export function livePath(batchId?: string): string {
  return batchId === undefined ? '/v1/events' : `/v1/batch-calls/${batchId}/events`;
}

/**
 * Follows what happens, in bundles of at most five a second. Every connection begins with a
 * `snapshot`; one with `missed` means that anything may have changed. Returns how the connection is.
 */
export function useLive(onEvents: Listener, batchId?: string): LiveState {
  const path = livePath(batchId);
  const deliver = useEffectEvent(onEvents);
  useEffect(() => listen(path, (events) => deliver(events)), [path]);
  return useSyncExternalStore(watch, () => stateOf(path));
}

/** How the connections of the page are, taken together. */
export function useConnection(): LiveState {
  return useSyncExternalStore(watch, overallState);
}
