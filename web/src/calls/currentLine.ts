import type { Utterance } from '@/kit/api';

/** The line that is being said at an instant, or was said last; -1 before the first. Lines are in order. */
export function currentLine(lines: readonly Pick<Utterance, 'start_ms'>[], ms: number): number {
  return lines.findLastIndex((line) => line.start_ms <= ms);
}
