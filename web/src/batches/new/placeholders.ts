import type { VersionView } from '@/kit/api';

/** A stretch of what an agent says. */
export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'filled'; name: string; text: string }
  | { kind: 'open'; name: string; text: string };

/** Placeholders that every call has, whatever the columns of the file. */
export const builtIn: readonly string[] = ['phone_number', 'from_number', 'call_id', 'batch_name', 'attempt'];

const written = /\{\{([^{}]*[^{}\s][^{}]*)\}\}/g;

/**
 * `text` with its placeholders filled once: a value that looks like a placeholder stays text. What
 * `values` does not have stays as it is written.
 */
export function fill(text: string, values: Readonly<Record<string, string>>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(written)) {
    if (match.index > from) pieces.push({ kind: 'text', text: text.slice(from, match.index) });
    const name = (match[1] ?? '').trim();
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    pieces.push(value === undefined ? { kind: 'open', name, text: match[0] } : { kind: 'filled', name, text: value });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) });
  return pieces;
}

/** The names of the placeholders that a version uses, each once, in the order in which they come up. */
export function placeholdersOf({ prompt, first_message, voicemail_message, engine }: VersionView): string[] {
  const said = engine?.type === 'script' ? [...(engine.lines ?? []), engine.goodbye] : [];
  const told = engine?.type === 'media_stream' ? Object.values(engine.parameters ?? {}) : [];
  const texts = [first_message, prompt, ...said, ...told, voicemail_message];
  const names = texts.flatMap((text) => fill(text ?? '', {}).flatMap((piece) => (piece.kind === 'open' ? [piece.name] : [])));
  return [...new Set(names)];
}
