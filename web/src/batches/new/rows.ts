/** Row numbers for reading: neighbours as a span, "2–5", "9". */
export function spans(rows: readonly number[]): string[] {
  const found: [number, number][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last && row === last[1] + 1) last[1] = row;
    else found.push([row, row]);
  }
  return found.map(([from, to]) => {
    if (from === to) return String(from);
    return `${String(from)}${to === from + 1 ? ', ' : '–'}${String(to)}`;
  });
}
