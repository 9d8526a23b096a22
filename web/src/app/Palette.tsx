import '@mantine/spotlight/styles.css';
import { Spotlight } from '@mantine/spotlight';
import { useEffect } from 'react';
import { app } from '@/text/en/app';
import { PaletteResults } from './PaletteResults';
import { palette, paletteStore } from './paletteStore';

interface Props {
  /** Opens the palette whenever it changes. */
  wanted: number;
  query: string;
  onQuery: (query: string) => void;
  /** Its field has the focus. */
  onReady: () => void;
  onShortcuts: () => void;
}

/** Goes anywhere and does anything by name (Ctrl-K). */
export function Palette({ wanted, query, onQuery, onReady, onShortcuts }: Props) {
  useEffect(() => palette.open(), [wanted]);
  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={onQuery}
      shortcut={null}
      lockScroll={false}
      scrollable
      maxHeight={420}
      attributes={{ content: { 'aria-label': app.palette.label } }}
    >
      <PaletteResults query={query} onReady={onReady} onShortcuts={onShortcuts} />
    </Spotlight.Root>
  );
}
