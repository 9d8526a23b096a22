import type { ReactNode } from 'react';

/** Something that the palette can do. */
export interface PaletteEntry {
  id: string;
  label: string;
  /** What else somebody may call it; it is not shown. */
  also?: string;
  icon: ReactNode;
  run: () => void;
}

/** Whether every word of the query is part of what an entry is called. */
export function matches(query: string): (entry: Pick<PaletteEntry, 'label' | 'also'>) => boolean {
  const words = query.toLowerCase().split(/\s+/);
  return ({ label, also = '' }) => words.every((word) => `${label} ${also}`.toLowerCase().includes(word));
}
