import { describe, expect, it } from 'vitest';
import { talk as text } from '@/text/en/talk';
import { decoded, encoded } from './mulaw';
import { FromLine, ToLine } from './rate';
import { after, noTalk, type Told } from './talk';

const piece = (number: number, words: string, start_ms: number): Told => ({ type: 'piece', number, speaker: 'agent', text: words, start_ms, end_ms: start_ms + 100, is_final: false });
const told = (...all: Told[]) => all.reduce(after, noTalk);

describe('a talk', () => {
  it('has its lines in order, each as it was told last', () => {
    const talk = told({ type: 'ready' }, piece(2, 'Well?', 900), piece(1, 'Hel', 100), piece(1, 'Hello.', 100), piece(3, 'speech', 950), piece(3, '', 950));
    expect(talk.ready).toBe(true);
    expect(talk.lines.map((line) => line.text)).toEqual(['Hello.', 'Well?']);
  });

  it('tells what was done, and a result once', () => {
    const talk = told(
      { type: 'tool', name: 'record_result', arguments: '{"name":"answer"}', at_ms: 1 },
      { type: 'result', name: 'answer', value: 'yes', at_ms: 1 },
      { type: 'tool', name: 'end_call', arguments: '{}', at_ms: 2 },
    );
    expect(talk.done).toEqual([text.result('answer', 'yes'), text.tool('end_call', '')]);
  });
});

describe('the sound of a line', () => {
  it('has each byte back', () => {
    for (let byte = 0; byte < 256; byte += 1) {
      // There are two zeros.
      const again = encoded(decoded(byte));
      expect(again === byte || decoded(again) === decoded(byte), String(byte)).toBe(true);
    }
    expect(encoded(0)).toBe(0xff);
    expect(encoded(2)).toBe(0x80);
  });

  it.each([8_000, 16_000, 44_100, 48_000])('of %d samples a second comes down to 8000 and up again', (rate) => {
    const down: number[] = [];
    const tone = Float32Array.from({ length: rate }, (_, index) => Math.sin((2 * Math.PI * 200 * index) / rate));
    new ToLine(rate).take(tone, (sample) => down.push(sample));
    expect(Math.abs(down.length - 8_000)).toBeLessThanOrEqual(1);
    const up = new Float32Array(rate / 2);
    new FromLine(rate).fill(up, () => down.shift() ?? 0);
    const crossings = up.filter((sample, index) => index > 0 && sample > 0 !== (up[index - 1] ?? 0) > 0).length;
    expect(Math.abs(crossings - 200)).toBeLessThanOrEqual(2);
    expect(Math.max(...up)).toBeGreaterThan(0.95);
  });
});
