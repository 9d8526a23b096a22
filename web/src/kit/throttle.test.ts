import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { throttle } from './throttle';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('the first request is done at once', () => {
  const work = vi.fn();
  throttle(1_000, work).ask();
  expect(work).toHaveBeenCalledTimes(1);
});

test('requests that come too soon are done as one when the wait is over', () => {
  const work = vi.fn();
  const throttled = throttle(1_000, work);
  for (let i = 0; i < 50; i += 1) throttled.ask();
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(2);
});

test('nothing is done after it was cancelled', () => {
  const work = vi.fn();
  const throttled = throttle(1_000, work);
  throttled.ask();
  throttled.ask();
  throttled.cancel();
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(1);
});
