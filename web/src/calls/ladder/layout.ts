import type { SipMessageView } from '@/kit/api';

/** In pixels. */
export const rowHeight = 40;
const headHeight = 34;
const pauseHeight = 22;
/** A pause that is longer than this is shown as one. */
const pauseFrom = 1_000;

export type Tone = 'request' | 'progress' | 'success' | 'failure';

export interface Rung {
  /** What stands above the arrow: `INVITE`, `180 Ringing`. */
  label: string;
  sent: boolean;
  tone: Tone;
  /** The upper edge of its row, and the line of its arrow. */
  top: number;
  y: number;
  /** Milliseconds without a message before it, when that is long. */
  pause: number | undefined;
}

export interface Ladder {
  rungs: Rung[];
  height: number;
}

/** Where the messages of a call stand, one below the other. */
export function layoutLadder(messages: readonly Pick<SipMessageView, 'direction' | 'start_line' | 'offset_ms'>[]): Ladder {
  let top = headHeight;
  const rungs = messages.map((message, index): Rung => {
    const before = messages[index - 1]?.offset_ms ?? message.offset_ms;
    const waited = message.offset_ms - before;
    const pause = waited >= pauseFrom ? waited : undefined;
    if (pause !== undefined) top += pauseHeight;
    const rung = { ...labelOf(message.start_line), sent: message.direction === 'sent', top, y: top + rowHeight - 12, pause };
    top += rowHeight;
    return rung;
  });
  return { rungs, height: top + 10 };
}

/** A response is told by its code and phrase, a request by its method. */
export function labelOf(startLine: string): { label: string; tone: Tone } {
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(startLine);
  if (!response?.[1]) return { label: startLine.split(' ', 1)[0] ?? startLine, tone: 'request' };
  const tones: Record<string, Tone> = { 1: 'progress', 2: 'success' };
  return { label: `${response[1]} ${response[2] ?? ''}`.trim(), tone: tones[response[1].charAt(0)] ?? 'failure' };
}
