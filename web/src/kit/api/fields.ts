import { ProblemError } from './problem';
import type { Mistake } from './schema';

export interface FieldErrors {
  /** What is wrong with the field of this JSON pointer (`/retry/max_retries`), for an input's `error`. */
  at: (pointer: string) => string | undefined;
  /** Mistakes that belong to no field on the page; show them above the form. */
  rest: readonly Mistake[];
}

/**
 * The mistakes of a refused request, laid beside the fields of a form. A mistake below a field
 * (`/calling_hours/days/0`) is shown at the nearest field above it.
 */
export function fieldErrors(error: unknown, fields: readonly string[]): FieldErrors {
  const mistakes = error instanceof ProblemError ? error.errors : [];
  const placed = new Map<string, string[]>();
  const rest: Mistake[] = [];
  for (const mistake of mistakes) {
    const field = nearest(mistake.pointer, fields);
    if (field === undefined) rest.push(mistake);
    else placed.set(field, [...(placed.get(field) ?? []), mistake.detail]);
  }
  return { at: (pointer) => placed.get(pointer)?.join(' '), rest };
}

function nearest(pointer: string, fields: readonly string[]): string | undefined {
  return fields
    .filter((field) => pointer === field || pointer.startsWith(`${field}/`))
    .sort((a, b) => b.length - a.length)[0];
}
