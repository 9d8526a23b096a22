import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { coalesce } from './coalesce';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function gathered() {
  const bundles: number[][] = [];
  return { bundles, queue: coalesce<number>(200, (items) => bundles.push(items)) };
}

it('hands on a lone item without waiting', () => {
  const { bundles, queue } = gathered();
  queue.add(1);
  vi.advanceTimersByTime(0);
  expect(bundles).toEqual([[1]]);
});

it('hands on what comes in one piece as one', () => {
  const { bundles, queue } = gathered();
  queue.add(1);
  queue.add(2);
  vi.advanceTimersByTime(0);
  expect(bundles).toEqual([[1, 2]]);
});

it('hands on no more than five bundles a second, and loses nothing', () => {
  const { bundles, queue } = gathered();
  for (let item = 0; item < 1_000; item += 1) {
    queue.add(item);
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(200);
  expect(bundles.length).toBeLessThanOrEqual(6);
  expect(bundles.flat()).toEqual(Array.from({ length: 1_000 }, (_, item) => item));
});

it('does not wait again after a pause', () => {
  const { bundles, queue } = gathered();
  queue.add(1);
  vi.advanceTimersByTime(1_000);
  queue.add(2);
  vi.advanceTimersByTime(0);
  expect(bundles).toEqual([[1], [2]]);
});

it('hands on at once what is due, with what was waiting', () => {
  const { bundles, queue } = gathered();
  queue.add(1);
  vi.advanceTimersByTime(0);
  queue.add(2);
  vi.advanceTimersByTime(50);
  queue.add(3, true);
  queue.add(4, true);
  vi.advanceTimersByTime(0);
  expect(bundles).toEqual([[1], [2, 3, 4]]);
});

it('waits the whole time again after what was due', () => {
  const { bundles, queue } = gathered();
  queue.add(1);
  vi.advanceTimersByTime(150);
  queue.add(2, true);
  vi.advanceTimersByTime(0);
  queue.add(3);
  vi.advanceTimersByTime(199);
  expect(bundles).toEqual([[1], [2]]);
  vi.advanceTimersByTime(1);
  expect(bundles).toEqual([[1], [2], [3]]);
});

it('forgets what is waiting when it is cancelled', () => {
  const { bundles, queue } = gathered();
  queue.add(1);
  queue.cancel();
  vi.runAllTimers();
  expect(bundles).toEqual([]);
});
