import type { ReactNode } from 'react';

/** Something that the palette can do. */
export interface PaletteEntry {
  id: string;
  label: string;
  icon: ReactNode;
  run: () => void;
}

/** Whether every word of the query is part of a label. */
export function matches(query: string): (entry: Pick<PaletteEntry, 'label'>) => boolean {
  const words = query.toLowerCase().split(/\s+/);
  return ({ label }) => words.every((word) => label.toLowerCase().includes(word));
}
