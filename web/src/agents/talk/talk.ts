import type { EndReason, Latency, Utterance } from '@/kit/api';
import { talk as text } from '@/text/en/talk';

/** What the server tells of a talk (docs/api.md). */
export type Told =
  | { type: 'ready' }
  | ({ type: 'piece'; number: number; is_final: boolean } & Utterance)
  | ({ type: 'latency' } & Latency)
  | { type: 'usage' }
  | { type: 'tool'; name: string; arguments: string; at_ms: number }
  | { type: 'result'; name: string; value: string; at_ms: number }
  | { type: 'digit'; digit: string; at_ms: number }
  | { type: 'pressed'; digit: string }
  | { type: 'over'; end_reason?: EndReason; cause: string | null; transfer_to?: string | null; asked_to_stop?: boolean };

type Over = Extract<Told, { type: 'over' }>;

/** A talk as the page shows it. */
export interface Talk {
  ready: boolean;
  lines: readonly (Utterance & { number: number })[];
  latencies: readonly Latency[];
  /** What was done beside talking, in words. */
  done: readonly string[];
  over: Over | undefined;
}

export const noTalk: Talk = { ready: false, lines: [], latencies: [], done: [], over: undefined };

/** The talk after the server told something. */
export function after(talk: Talk, told: Told): Talk {
  switch (told.type) {
    case 'ready':
      return { ...talk, ready: true };
    case 'piece':
      return { ...talk, lines: withLine(talk.lines, told) };
    case 'latency':
      return { ...talk, latencies: [...talk.latencies, told] };
    case 'tool':
      // What is recorded is told as a result.
      return told.name === 'record_result' ? talk : { ...talk, done: [...talk.done, text.tool(told.name, told.arguments === '{}' ? '' : told.arguments)] };
    case 'result':
      return { ...talk, done: [...talk.done, text.result(told.name, told.value)] };
    case 'pressed':
      return { ...talk, done: [...talk.done, text.pressed(told.digit)] };
    case 'over':
      return { ...talk, over: told };
    case 'digit':
    case 'usage':
      return talk;
  }
}

/** A later piece of the same number takes the place of an earlier one, and one without text removes it. */
function withLine(lines: Talk['lines'], line: Talk['lines'][number]): Talk['lines'] {
  const others = lines.filter(({ number }) => number !== line.number);
  const { speaker, text: words, start_ms, end_ms, number } = line;
  const kept = words === '' ? others : [...others, { speaker, text: words, start_ms, end_ms, number }];
  return kept.sort((one, other) => one.start_ms - other.start_ms || one.number - other.number);
}
