import { expect, it } from 'vitest';
import type { Progress } from '@/kit/api';
import { answered, done, leftByStop, segments } from './figures';

const progress: Progress = {
  total: 20, pending: 8, in_progress: 2, completed: 4, no_answer: 2, voicemail: 1, failed: 1, skipped: 2, cancelled: 0, attempts: 12,
  rounds: [
    { round: 1, attempted: 13, total: 18 },
    { round: 2, attempted: 1, total: 4 },
  ],
};

it('cuts the bar by status, and leaves nothing empty in it', () => {
  const bar = segments(progress);
  expect(bar.map(({ status }) => status)).toEqual(['completed', 'voicemail', 'no_answer', 'failed', 'skipped', 'in_progress', 'pending']);
  expect(bar.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(100);
});

it('has no bar for a batch without rows', () => {
  expect(segments({ ...progress, total: 0, pending: 0, in_progress: 0, completed: 0, no_answer: 0, voicemail: 0, failed: 0, skipped: 0 })).toEqual([]);
});

it('counts as done who will not be called again', () => {
  expect(done(progress)).toBe(10);
});

it('takes the answer rate of those who were called', () => {
  expect(answered(progress)).toEqual({ part: 4, whole: 8 });
});

it('tells people never dialed from those who wait for a retry', () => {
  expect(leftByStop(progress)).toEqual({ calls: 2, people: 5, retries: 3 });
  expect(leftByStop({ ...progress, rounds: [] })).toEqual({ calls: 2, people: 8, retries: 0 });
});
