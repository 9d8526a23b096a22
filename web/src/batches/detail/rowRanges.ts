/** Row numbers as people write them: 2–5, 9, 12–13. */
export function rowRanges(rows: readonly number[], format: (row: number) => string): string {
  const ranges: [first: number, last: number][] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && row <= last[1] + 1) last[1] = row;
    else ranges.push([row, row]);
  }
  return ranges.map(([first, last]) => (first === last ? format(first) : `${format(first)}–${format(last)}`)).join(', ');
}
