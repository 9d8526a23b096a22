import { expect, test } from 'vitest';
import type { Progress } from '@/kit/api';
import { answered, doneCount, inWords, waitingForRetry } from './state';

const progress: Progress = { total: 10, pending: 6, in_progress: 0, completed: 4, no_answer: 0, voicemail: 0, failed: 0, skipped: 0, cancelled: 0, attempts: 0, rounds: [] };

test('what waits for a retry is what is pending and was called', () => {
  expect(waitingForRetry({ ...progress, rounds: [{ round: 1, attempted: 8, total: 10 }] })).toBe(4);
});

test('nobody waits for a retry before the first round', () => {
  expect(waitingForRetry(progress)).toBe(0);
});

test('counted as done is who will not be called again', () => {
  expect(doneCount({ ...progress, in_progress: 1, pending: 5 })).toBe(4);
});

test('the answer rate is of those whose calls are over', () => {
  expect(answered({ ...progress, no_answer: 2, voicemail: 1, failed: 1, skipped: 2 })).toEqual({ part: 4, whole: 8 });
});

test('in words are the statuses that anybody has, in the order of the bar', () => {
  expect(inWords({ ...progress, in_progress: 1_200 })).toBe('4 completed, 1,200 in progress, 6 pending');
});
