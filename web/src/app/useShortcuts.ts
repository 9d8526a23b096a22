import { useLocalStorage } from '@mantine/hooks';
import { useEffect, useEffectEvent, useRef } from 'react';
import { isTaken, match, type Heard } from './shortcuts';

/** Whether single letters are shortcuts; a setting of this browser (WCAG 2.1.4 wants it). */
export function useShortcutsEnabled() {
  return useLocalStorage({ key: 'campanile-shortcuts', defaultValue: true });
}

/** Does what stands behind keys such as `?` or `g b`. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  const [enabled] = useShortcutsEnabled();
  const heard = useRef<Heard>(undefined);
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (isTaken(event)) return;
    const result = match(Object.keys(actions), heard.current, event.key, event.timeStamp);
    heard.current = result.heard;
    if (result.shortcut === undefined) return;
    event.preventDefault();
    actions[result.shortcut]?.();
  });
  useEffect(() => {
    if (!enabled) return;
    const listener = (event: KeyboardEvent) => press(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, [enabled]);
}
