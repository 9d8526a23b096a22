import { expect, it } from 'vitest';
import { timesOf } from './lineTimes';

const at = (...instants: number[]) => timesOf(instants.map((start_ms) => ({ start_ms })));

it('tells lines of the same second apart by tenths', () => {
  expect(at(80, 450, 970, 2_300)).toEqual(['0:00.0', '0:00.4', '0:00.9', '0:02']);
});

it('needs no tenths where each line has a second of its own', () => {
  expect(at(0, 1_999, 61_000)).toEqual(['0:00', '0:01', '1:01']);
});
