import { duration } from '@/kit/format';
import { calls } from '@/text/en/calls';

/** How long after the first moment of the call, to the millisecond, as it matters here. */
export function offsetWords(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(3)} s`;
}

export function pauseWords(ms: number): string {
  return calls.ladder.later(duration(ms / 1_000));
}
