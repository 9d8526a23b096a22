import { expect, test } from 'vitest';
import type { SeriesView } from '@/kit/api';
import { chartColumns, summary } from './columns';

const series: SeriesView = {
  bucket_s: 10,
  max_concurrent_calls: 5,
  points: [
    { at: '2026-06-03T09:00:00Z', completed: 3, voicemail: 1, no_answer: 0, busy: 2, failed: 1, calls_at_once: 4 },
    { at: '2026-06-03T09:00:10Z', completed: 0, voicemail: 0, no_answer: 2, busy: 0, failed: 0, calls_at_once: 5 },
  ],
};

test('each outcome stands on those below it', () => {
  const { tops } = chartColumns(series);
  expect(tops).toEqual({ completed: [3, 0], voicemail: [4, 0], no_answer: [4, 2], busy: [6, 2], failed: [7, 2] });
});

test('times are seconds of the clock', () => {
  const [first, second] = chartColumns(series).times;
  expect(first).toBe(Date.UTC(2026, 5, 3, 9) / 1_000);
  expect(second).toBe((first ?? 0) + 10);
});

test('the text of the chart knows the sum and the peak', () => {
  expect(summary(series)).toEqual({ ended: 9, peak: 5 });
});
