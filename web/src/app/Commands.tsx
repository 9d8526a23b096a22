import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { lazyPart } from '@/kit/lazy';
import { focusSearch, newBatch } from './actions';
import { CommandsContext } from './commandsContext';
import { pages } from './pages';
import { useDrawn } from './useDrawn';
import { useShortcuts } from './useShortcuts';
import { useTypedAhead } from './useTypedAhead';

const loadPalette = async () => (await import('./Palette')).Palette;
const Palette = lazyPart(loadPalette);
const KeyboardHelp = lazyPart(async () => (await import('./KeyboardHelp')).KeyboardHelp);

/** The keyboard of the whole page: the palette, the shortcuts and the list of them. */
export function Commands({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  const [wanted, setWanted] = useState(0);
  const [help, setHelp] = useState(false);
  const [query, setQuery] = useState('');
  const drawn = useDrawn();
  const { begin, end } = useTypedAhead((letter) => setQuery((before) => before + letter));
  const openPalette = useCallback(() => {
    begin();
    setWanted((times) => times + 1);
  }, [begin]);

  useEffect(() => {
    // Whoever opens it tries again.
    if (drawn) loadPalette().catch(() => undefined);
  }, [drawn]);

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
  }, [openPalette]);

  return (
    <CommandsContext value={openPalette}>
      {children}
      {help && <KeyboardHelp onClose={() => setHelp(false)} />}
      {wanted > 0 && <Palette wanted={wanted} query={query} onQuery={setQuery} onReady={end} onShortcuts={() => setHelp(true)} />}
    </CommandsContext>
  );
}
