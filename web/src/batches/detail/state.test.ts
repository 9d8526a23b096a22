import { expect, test } from 'vitest';
import type { BatchState, Progress } from '@/kit/api';
import { actionsOf, isOver, waitingForRetry } from './state';

const progress: Progress = { total: 10, pending: 6, in_progress: 0, completed: 4, no_answer: 0, voicemail: 0, failed: 0, skipped: 0, cancelled: 0, attempts: 0, rounds: [] };

test('what waits for a retry is what is pending and was called', () => {
  expect(waitingForRetry({ ...progress, rounds: [{ round: 1, attempted: 8, total: 10 }] })).toBe(4);
});

test('nobody waits for a retry before the first round', () => {
  expect(waitingForRetry(progress)).toBe(0);
});

test('a batch that is over can neither be stopped nor go on', () => {
  const states: BatchState[] = ['draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled'];
  for (const state of states) expect(actionsOf(state).length === 0).toBe(isOver(state));
});

test('only what runs or will run can be paused', () => {
  expect(actionsOf('running')).toContain('pause');
  expect(actionsOf('scheduled')).toContain('pause');
  expect(actionsOf('paused')).not.toContain('pause');
  expect(actionsOf('draft')).not.toContain('pause');
});
