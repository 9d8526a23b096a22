import '@mantine/spotlight/styles.css';
import { Spotlight, spotlight } from '@mantine/spotlight';
import { useEffect, useState } from 'react';
import { app } from '@/text/en/app';
import { PaletteResults } from './PaletteResults';

interface Props {
  /** Opens the palette whenever it changes. */
  wanted: number;
  onShortcuts: () => void;
}

/** Goes anywhere and does anything by name (Ctrl-K). */
export function Palette({ wanted, onShortcuts }: Props) {
  const [query, setQuery] = useState('');
  useEffect(() => spotlight.open(), [wanted]);
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      lockScroll={false}
      scrollable
      maxHeight={420}
      attributes={{ content: { 'aria-label': app.palette.label } }}
    >
      <PaletteResults query={query} onShortcuts={onShortcuts} />
    </Spotlight.Root>
  );
}
