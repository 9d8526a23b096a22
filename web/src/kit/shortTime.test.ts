import { expect, test } from 'vitest';
import { shortTime } from './shortTime';

const now = new Date(2026, 5, 3, 14, 0).getTime();
const instant = (...parts: [number, number, number, number, number, number]) => new Date(...parts).toISOString();

test('today needs no date', () => {
  expect(shortTime(instant(2026, 5, 3, 9, 5, 7), now)).toBe('09:05:07');
});

test('another day needs no seconds', () => {
  expect(shortTime(instant(2026, 5, 2, 9, 5, 7), now)).toBe('Jun 2, 09:05');
});

test('another year is said', () => {
  expect(shortTime(instant(2025, 11, 31, 9, 5, 7), now)).toBe('Dec 31, 2025, 09:05');
});
