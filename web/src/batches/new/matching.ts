import type { Placeholders } from '@/kit/api';
import { builtIn } from './placeholders';

/** How a placeholder gets its value. */
export type Match =
  | { placeholder: string; kind: 'chosen'; column: string }
  | { placeholder: string; kind: 'column' }
  | { placeholder: string; kind: 'default'; value: string }
  | { placeholder: string; kind: 'near'; column: string }
  | { placeholder: string; kind: 'missing' };

interface File {
  columns: readonly string[];
  /** Columns that were chosen, by placeholder. */
  chosen: Readonly<Record<string, string>>;
}

/**
 * The placeholders of an agent laid beside the columns of a file; those that need attention first.
 * Built-in ones are left out: they need no column.
 */
export function matchColumns(
  used: readonly string[],
  { columns, chosen }: File,
  defaults: Readonly<Record<string, string>>,
  { missing, near_misses }: Placeholders,
): Match[] {
  // The server knows engines whose texts this page does not: what it misses is listed in any case. So is
  // what was chosen for another agent: its column may be one that the file does not have.
  const stale = Object.keys(chosen).filter((name) => !columns.includes(chosen[name] ?? ''));
  const names = [...new Set([...used.filter((name) => !builtIn.includes(name)), ...missing, ...stale])];
  const matches = names.map((placeholder): Match => {
    const column = Object.hasOwn(chosen, placeholder) ? chosen[placeholder] : undefined;
    if (column !== undefined) return { placeholder, kind: 'chosen', column };
    if (columns.includes(placeholder)) return { placeholder, kind: 'column' };
    const near = near_misses.find((miss) => miss.placeholder === placeholder);
    if (near) return { placeholder, kind: 'near', column: near.column };
    const value = Object.hasOwn(defaults, placeholder) ? defaults[placeholder] : undefined;
    return value === undefined ? { placeholder, kind: 'missing' } : { placeholder, kind: 'default', value };
  });
  const urgent = (match: Match) => match.kind === 'near' || match.kind === 'missing';
  return [...matches.filter(urgent), ...matches.filter((match) => !urgent(match))];
}

/** The choices after a column was chosen for a placeholder; none, or the column of its name, is no choice. */
export function choose(chosen: Readonly<Record<string, string>>, placeholder: string, column: string | null): Record<string, string> {
  const others = Object.entries(chosen).filter(([name]) => name !== placeholder);
  const mine: [string, string][] = column && column !== placeholder ? [[placeholder, column]] : [];
  return Object.fromEntries([...others, ...mine]);
}

/** What the placeholders stand for in a row: the columns of their names under those that were chosen. */
export function valuesOf(cells: Readonly<Record<string, string>>, chosen: Readonly<Record<string, string>>): Record<string, string> {
  const taken = Object.entries(chosen).flatMap(([placeholder, column]): [string, string][] => {
    const cell = Object.hasOwn(cells, column) ? cells[column] : undefined;
    return cell === undefined ? [] : [[placeholder, cell]];
  });
  return { ...cells, ...Object.fromEntries(taken) };
}
