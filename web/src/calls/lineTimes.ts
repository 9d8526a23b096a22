import type { Utterance } from '@/kit/api';
import { clock } from '@/kit/format';

/** When each line begins; with tenths of a second if the same second has another line. */
export function timesOf(lines: readonly Pick<Utterance, 'start_ms'>[]): string[] {
  const seconds = lines.map((line) => Math.floor(line.start_ms / 1_000));
  const shared = new Set(seconds.filter((second, index) => seconds.indexOf(second) !== index));
  return lines.map((line, index) => clock(line.start_ms, shared.has(seconds[index] ?? 0)));
}
