import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api, type BatchList, type Progress } from '@/kit/api';
import { FakeSource } from '@/kit/live/FakeSource';
import { listDefaults, useBatchList } from './useBatchList';

const progress = (completed: number): Progress => ({
  total: 10, pending: 10 - completed, in_progress: 0, completed, no_answer: 0, voicemail: 0, failed: 0, skipped: 0, cancelled: 0, rejected: 0, answered: 0, attempts: completed, rounds: [],
});

function answer(completed: number) {
  const batch = {
    id: 'batch_1', name: 'June', status: 'running' as const, from_number: '+14155550100', agent_id: 'agent_1', agent_version: 1, file_name: 'june.csv',
    columns: [], weight: 1, retry: {}, duplicates: 'allow' as const, phone_column: 'phone_number', header_row: null, column_map: {}, created_at: '2026-06-01T00:00:00Z', test: false, cut_calls: 0, results: [], conversations: { latencies: [], agent_failures: 0, failure_causes: [] }, progress: progress(completed),
  };
  const data: BatchList = { items: [batch], total: 1, page: 1, limit: 20 };
  return { data, response: new Response() };
}

/** The requests of the page, each answered by hand. */
const requests: ((given: ReturnType<typeof answer>) => void)[] = [];
const client = new QueryClient();
let root: Root;
let shown: (number | undefined)[];

function Shown() {
  shown.push(useBatchList(listDefaults).data?.items[0]?.progress.completed);
  return null;
}

const settle = () => act(async () => vi.advanceTimersByTimeAsync(10));

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('EventSource', FakeSource);
  vi.spyOn(api, 'GET').mockImplementation(() => new Promise<ReturnType<typeof answer>>((done) => requests.push(done)));
  requests.length = 0;
  shown = [];
  root = createRoot(document.createElement('div'));
  act(() => root.render(<QueryClientProvider client={client}><Shown /></QueryClientProvider>));
  await settle();
  requests[0]?.(answer(1));
  await settle();
});

afterEach(() => {
  act(() => root.unmount());
  client.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const tell = (completed: number) =>
  FakeSource.opened.at(-1)?.tell('progress', { batch_id: 'batch_1', status: 'running', progress: progress(completed), blocker: null });

it('shows what is told of a batch', async () => {
  tell(4);
  await settle();
  expect(shown.at(-1)).toBe(4);
  expect(requests).toHaveLength(1);
});

it('does not go back to the counts of an answer that was on its way meanwhile', async () => {
  act(() => void client.invalidateQueries({ queryKey: ['batches'] }));
  await settle();
  tell(7);
  await settle();
  requests[1]?.(answer(2));
  await settle();
  requests[2]?.(answer(7));
  await settle();
  expect(shown).not.toContain(2);
  expect(shown.at(-1)).toBe(7);
});
