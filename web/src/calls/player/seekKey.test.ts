import { expect, test } from 'vitest';
import { seekKey } from './seekKey';

test('arrows move a little, page keys more', () => {
  expect(seekKey('ArrowRight', 5_000, 60_000)).toBe(7_000);
  expect(seekKey('PageDown', 25_000, 60_000)).toBe(15_000);
});

test('nothing leads out of the recording', () => {
  expect(seekKey('ArrowLeft', 500, 60_000)).toBe(0);
  expect(seekKey('PageUp', 55_000, 60_000)).toBe(60_000);
  expect(seekKey('End', 0, 60_000)).toBe(60_000);
});

test('other keys are left to the page', () => {
  expect(seekKey('Tab', 500, 60_000)).toBeUndefined();
});
