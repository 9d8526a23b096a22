import { expect, test } from 'vitest';
import { currentLine } from './currentLine';

const lines = [{ start_ms: 620 }, { start_ms: 2_440 }, { start_ms: 9_580 }];

test('nobody speaks before the first line', () => {
  expect(currentLine(lines, 619)).toBe(-1);
});

test('a line is current from its beginning to the next one', () => {
  expect(currentLine(lines, 620)).toBe(0);
  expect(currentLine(lines, 9_579)).toBe(1);
  expect(currentLine(lines, 60_000)).toBe(2);
});
