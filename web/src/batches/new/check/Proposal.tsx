import { Button } from '@mantine/core';
import type { Proposed } from '@/kit/api';
import { number } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import type { Draft } from '../draft';

interface Props {
  proposed: Proposed;
  set: (change: Partial<Draft>) => void;
}

/** How the file is probably to be read, to be taken by one click. */
export function Proposal({ proposed: { header_row: row, phone_column: column }, set }: Props) {
  const words = [...(row ? [text.takeHeader(number(row))] : []), ...(column ? [text.takeColumn(column)] : [])];
  return (
    <Button mt="xs" size="compact-sm" onClick={() => set({ ...(row ? { headerRow: row } : {}), phoneColumn: column ?? '' })}>
      {text.take(words)}
    </Button>
  );
}
