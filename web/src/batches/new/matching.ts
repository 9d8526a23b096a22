import type { Placeholders } from '@/kit/api';
import { builtIn } from './placeholders';

/** How a placeholder gets its value. */
export type Match =
  | { placeholder: string; kind: 'column' }
  | { placeholder: string; kind: 'default'; value: string }
  | { placeholder: string; kind: 'near'; column: string }
  | { placeholder: string; kind: 'missing' };

/**
 * The placeholders of an agent laid beside the columns of a file; those that need attention first.
 * Built-in ones are left out: they need no column.
 */
export function matchColumns(
  used: readonly string[],
  columns: readonly string[],
  defaults: Readonly<Record<string, string>>,
  { missing, near_misses }: Placeholders,
): Match[] {
  // The server knows engines whose texts this page does not: what it misses is listed in any case.
  const names = [...new Set([...used.filter((name) => !builtIn.includes(name)), ...missing])];
  const matches = names.map((placeholder): Match => {
    if (columns.includes(placeholder)) return { placeholder, kind: 'column' };
    const near = near_misses.find((miss) => miss.placeholder === placeholder);
    if (near) return { placeholder, kind: 'near', column: near.column };
    const value = Object.hasOwn(defaults, placeholder) ? defaults[placeholder] : undefined;
    return value === undefined ? { placeholder, kind: 'missing' } : { placeholder, kind: 'default', value };
  });
  const urgent = (match: Match) => match.kind === 'near' || match.kind === 'missing';
  return [...matches.filter(urgent), ...matches.filter((match) => !urgent(match))];
}
