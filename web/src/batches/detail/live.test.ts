import { expect, test } from 'vitest';
import type { LiveEvent, LiveProgress } from '@/kit/live';
import { meaningOf } from './live';

const live: LiveProgress = {
  batch_id: 'batch_1',
  status: 'running',
  progress: { total: 2, pending: 1, in_progress: 1, completed: 0, no_answer: 0, voicemail: 0, failed: 0, skipped: 0, cancelled: 0, rejected: 0, answered: 0, attempts: 1, rounds: [] },
  blocker: null,
};
const fact = (kind: 'batch.stopped' | 'call.ended' | 'batch.paused'): LiveEvent => ({ kind, id: 1, at: '2026-06-03T09:00:00Z', batch_id: 'batch_1', data: {} });

test('the last progress of a bundle counts', () => {
  const newer = { ...live, status: 'paused' as const };
  expect(meaningOf([{ kind: 'progress', ...live }, { kind: 'progress', ...newer }]).progress?.status).toBe('paused');
});

test('a call changes neither the batch nor rows that no event tells of', () => {
  expect(meaningOf([fact('call.ended')])).toEqual({ progress: undefined, changed: false, rowsUnknown: false, calls: true });
});

test('a stop changes rows without an event for each', () => {
  expect(meaningOf([fact('batch.stopped')])).toMatchObject({ changed: true, rowsUnknown: true });
  expect(meaningOf([fact('batch.paused')])).toMatchObject({ changed: true, rowsUnknown: false });
});

test('a connection that missed something makes everything doubtful', () => {
  expect(meaningOf([{ kind: 'snapshot', missed: true, batches: [live] }])).toMatchObject({ changed: true, rowsUnknown: true });
  expect(meaningOf([{ kind: 'snapshot', missed: false, batches: [live] }]).changed).toBe(false);
});

test('a snapshot without the batch means that it is over, or not yet begun', () => {
  expect(meaningOf([{ kind: 'snapshot', missed: false, batches: [] }]).changed).toBe(true);
});
