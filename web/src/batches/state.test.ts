import { expect, test } from 'vitest';
import type { Progress } from '@/kit/api';
import { answered, calledWords, inWords, peopleOf, waitingForRetry } from './state';

const progress: Progress = { total: 10, pending: 6, in_progress: 0, completed: 4, no_answer: 0, voicemail: 0, failed: 0, skipped: 0, cancelled: 0, rejected: 0, answered: 4, attempts: 0, rounds: [] };

test('what waits for a retry is what is pending and was called', () => {
  expect(waitingForRetry({ ...progress, rounds: [{ round: 1, attempted: 8, total: 10 }] })).toBe(4);
});

test('nobody waits for a retry before the first round', () => {
  expect(waitingForRetry(progress)).toBe(0);
});

test('people are counted, and rejected rows stand beside them', () => {
  const bad = { ...progress, total: 7, completed: 0, pending: 2, skipped: 5, rejected: 5 };
  expect(calledWords(bad)).toBe('0 of 2 called, 5 rejected');
  expect(peopleOf({ ...progress, total: 13, skipped: 3, rejected: 2 })).toEqual({ toCall: 10, called: 4, rejected: 2, skipped: 1 });
  expect(calledWords({ ...progress, total: 13, pending: 0, cancelled: 6, skipped: 3, rejected: 2 })).toBe('4 of 10 called, 6 cancelled, 1 skipped, 2 rejected');
});

test('whoever is in a call is not called yet', () => {
  expect(calledWords({ ...progress, pending: 5, in_progress: 1 })).toBe('4 of 10 called');
});

test('the answer rate is of those whose calls are over, and counts whoever picked up', () => {
  expect(answered({ ...progress, answered: 5, no_answer: 2, voicemail: 1, failed: 1, skipped: 2 })).toEqual({ part: 5, whole: 8 });
});

test('in words are the statuses that anybody has, in the order of the bar', () => {
  expect(inWords({ ...progress, in_progress: 1_200 })).toBe('4 completed, 1,200 in progress, 6 pending');
});
