import { useCallback, useEffect, useEffectEvent, useRef } from 'react';

/**
 * What is typed before the field that is to take it is there: between `begin` and `end`, letters go
 * to `type`.
 */
export function useTypedAhead(type: (letter: string) => void) {
  const waiting = useRef(false);
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (!waiting.current || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    // It is no shortcut, and does not belong to what still has the focus.
    event.preventDefault();
    type(event.key);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => press(event);
    window.addEventListener('keydown', listener, true);
    return () => window.removeEventListener('keydown', listener, true);
  }, []);
  const begin = useCallback(() => {
    waiting.current = true;
  }, []);
  const end = useCallback(() => {
    waiting.current = false;
  }, []);
  return { begin, end };
}
