import type { Rejections } from '@/kit/api';

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

function cell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The rejected rows as a CSV, in the order of the file. */
export function rejectionsCsv(rejections: readonly Rejections[]): string {
  const lines = rejections
    .flatMap(({ reason, label, help, rows }) => rows.map((row) => ({ row, words: [reason, label, help] })))
    .sort((a, b) => a.row - b.row)
    .map(({ row, words }) => [String(row), ...words.map(cell)].join(','));
  return ['row,reason,label,help', ...lines].join('\r\n') + '\r\n';
}
