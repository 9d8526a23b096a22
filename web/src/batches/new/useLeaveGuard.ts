import { useCallback, useEffect, useRef } from 'react';
import { useBlocker, type BlockerFunction } from 'react-router';

/**
 * Asks before input is lost: by closing the drawer, by Back, by a link or by closing the tab. All of
 * these but the last are navigations away from the search parameter that has opened the drawer.
 * `release` lets the next one pass, after saving.
 */
export function useLeaveGuard(dirty: boolean, parameter: 'new' | 'edit') {
  const released = useRef(false);
  const leaves = useCallback<BlockerFunction>(
    ({ currentLocation: from, nextLocation: to }) =>
      dirty && !released.current && (from.pathname !== to.pathname || !new URLSearchParams(to.search).has(parameter)),
    [dirty, parameter],
  );
  const blocker = useBlocker(leaves);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (!released.current) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [dirty]);
  const release = useCallback(() => {
    released.current = true;
  }, []);
  return { blocker, release };
}
