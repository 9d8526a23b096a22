import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LiveEvent } from './events';
import { FakeSource } from './FakeSource';
import { LiveStream } from './stream';

let stream: LiveStream;
let heard: LiveEvent[];
let refusals: number;
const last = () => FakeSource.opened.at(-1) as FakeSource;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeSource);
  FakeSource.opened = [];
  heard = [];
  refusals = 0;
  stream = new LiveStream('/v1/events', {
    deliver: (events) => heard.push(...events),
    changed: () => undefined,
    refused: () => {
      refusals += 1;
    },
  });
});

afterEach(() => {
  stream.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('delivers events with their kind', () => {
  last().tell('batch.paused', { id: 7, kind: 'batch.paused', batch_id: 'batch_1', data: {} }, '7');
  vi.advanceTimersByTime(0);
  expect(heard).toEqual([{ id: 7, kind: 'batch.paused', batch_id: 'batch_1', data: {} }]);
});

it('hands on counts without waiting', () => {
  const progress = { batch_id: 'batch_1', status: 'running', progress: {}, blocker: null };
  for (const wait of [0, 10, 20]) {
    vi.advanceTimersByTime(wait);
    last().tell('progress', progress);
    vi.advanceTimersByTime(0);
  }
  expect(heard).toHaveLength(3);
});

it('says since when it is without a connection, until that is back', () => {
  last().onopen?.();
  expect(stream.state).toEqual({ status: 'live' });
  const since = Date.now();
  last().onerror?.();
  vi.advanceTimersByTime(5_000);
  last().onerror?.();
  expect(stream.state).toEqual({ status: 'reconnecting', since });
  last().onopen?.();
  expect(stream.state).toEqual({ status: 'live' });
});

it('leaves a cut connection to the browser', () => {
  last().onerror?.();
  vi.advanceTimersByTime(60_000);
  expect(FakeSource.opened).toHaveLength(1);
  expect(refusals).toBe(0);
});

it('opens a refused connection again behind the last event, less and less often', () => {
  last().tell('snapshot', { missed: false, batches: [] }, '412');
  for (const wait of [1_000, 2_000, 5_000, 10_000, 10_000]) {
    last().close();
    last().onerror?.();
    const before = FakeSource.opened.length;
    vi.advanceTimersByTime(wait - 1);
    expect(FakeSource.opened).toHaveLength(before);
    vi.advanceTimersByTime(1);
    expect(FakeSource.opened).toHaveLength(before + 1);
  }
  expect(last().url).toBe('/v1/events?last_event_id=412');
  expect(refusals).toBe(5);
});
