import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { focusSearch, newBatch } from './actions';
import { CommandsContext } from './commandsContext';
import { pages } from './pages';
import { useShortcuts } from './useShortcuts';

const Palette = lazy(async () => ({ default: (await import('./Palette')).Palette }));
const KeyboardHelp = lazy(async () => ({ default: (await import('./KeyboardHelp')).KeyboardHelp }));

/** The keyboard of the whole page: the palette, the shortcuts and the list of them. */
export function Commands({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  const [wanted, setWanted] = useState(0);
  const [help, setHelp] = useState(false);
  const openPalette = () => setWanted((times) => times + 1);

  useShortcuts({
    '?': () => setHelp(true),
    '/': focusSearch,
    n: () => void navigate(newBatch),
    ...Object.fromEntries(pages.map(({ to, key }) => [`g ${key}`, () => void navigate(to)])),
  });

  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      openPalette();
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);

  return (
    <CommandsContext value={openPalette}>
      {children}
      <Suspense>
        {help && <KeyboardHelp onClose={() => setHelp(false)} />}
        {wanted > 0 && <Palette wanted={wanted} onShortcuts={() => setHelp(true)} />}
      </Suspense>
    </CommandsContext>
  );
}
