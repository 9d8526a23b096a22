import { expect, test } from 'vitest';
import { rowRanges } from './rowRanges';

test('neighbours are one range', () => {
  expect(rowRanges([2, 3, 4, 9, 12, 13], String)).toBe('2–4, 9, 12–13');
});

test('order and repetition do not matter', () => {
  expect(rowRanges([5, 3, 4, 4], String)).toBe('3–5');
});

test('nothing is an empty text', () => {
  expect(rowRanges([], String)).toBe('');
});
