import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { aboutBatch } from './about';
import { connection, listen, watch, type Listener } from './hub';
import type { LiveState } from './stream';

/**
 * Follows what happens in the workspace, or to one batch, in bundles a few times a second. Every
 * connection begins with a `snapshot`; one with `missed` means that anything may have changed.
 * Returns how the connection is. However many pieces of the page listen, there is one connection.
 */
export function useLive(onEvents: Listener, batchId?: string): LiveState {
  const deliver = useEffectEvent((events: Parameters<Listener>[0]) => {
    const mine = batchId === undefined ? events : aboutBatch(events, batchId);
    if (mine.length > 0) onEvents(mine);
  });
  useEffect(() => listen((events) => deliver(events)), []);
  return useConnection();
}

/** How the connection of the page is. */
export function useConnection(): LiveState {
  return useSyncExternalStore(watch, connection);
}
