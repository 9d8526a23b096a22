import { expect, it } from 'vitest';
import type { BatchList, BatchView, Progress } from '@/kit/api';
import type { LiveEvent } from '@/kit/live';
import { changesList, newestProgress, withProgress } from './live';

const progress = (completed: number): Progress => ({
  total: 10, pending: 10 - completed, in_progress: 0, completed, no_answer: 0, voicemail: 0, failed: 0, skipped: 0, cancelled: 0, rejected: 0, answered: 0, attempts: completed, rounds: [],
});

const told = (batch_id: string, completed: number) => ({ batch_id, status: 'running' as const, progress: progress(completed), blocker: null });

const batch: BatchView = {
  id: 'batch_1', name: 'June', status: 'scheduled', from_number: '+14155550100', agent_id: 'agent_1', agent_version: 1, file_name: 'june.csv',
  columns: [], weight: 1, retry: {}, duplicates: 'allow', phone_column: 'phone_number', header_row: null, column_map: {}, created_at: '2026-06-01T00:00:00Z', test: false, cut_calls: 0, results: [], conversations: { latencies: [], agent_failures: 0, failure_causes: [] }, progress: progress(0),
};
const page: BatchList = { items: [batch, { ...batch, id: 'batch_2' }], total: 2, page: 1, limit: 20 };

it('keeps the newest progress of each batch', () => {
  const events: LiveEvent[] = [
    { kind: 'snapshot', missed: false, batches: [told('batch_1', 1), told('batch_2', 1)] },
    { kind: 'progress', ...told('batch_1', 2) },
  ];
  const newest = newestProgress(events);
  expect(newest.get('batch_1')?.progress.completed).toBe(2);
  expect(newest.get('batch_2')?.progress.completed).toBe(1);
});

it('puts progress and state into the page, and leaves other batches as they are', () => {
  const next = withProgress(page, newestProgress([{ kind: 'progress', ...told('batch_1', 3) }]));
  expect(next.items[0]).toMatchObject({ status: 'running', progress: { completed: 3 }, name: 'June' });
  expect(next.items[1]).toBe(page.items[1]);
});

it('does not touch a page that nothing is told about', () => {
  expect(withProgress(page, newestProgress([{ kind: 'progress', ...told('batch_9', 3) }]))).toBe(page);
});

it('asks for the list again when batches come, change or were missed', () => {
  expect(changesList([{ kind: 'progress', ...told('batch_1', 3) }])).toBe(false);
  expect(changesList([{ kind: 'snapshot', missed: false, batches: [] }])).toBe(false);
  expect(changesList([{ kind: 'snapshot', missed: true, batches: [] }])).toBe(true);
  expect(changesList([{ kind: 'batch.paused', id: 1, at: '2026-06-01T00:00:00Z', batch_id: 'batch_1', data: {} }])).toBe(true);
});
