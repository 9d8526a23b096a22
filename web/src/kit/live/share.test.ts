import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeSource } from './FakeSource';
import { Share, type Told } from './share';

class Tab {
  told: Told[] = [];
  postMessage(told: Told) {
    this.told.push(told);
  }
}

const last = () => FakeSource.opened.at(-1) as FakeSource;
const open = () => FakeSource.opened.filter(({ readyState }) => readyState !== FakeSource.CLOSED);
let share: Share;
let tabs: [Tab, Tab, Tab];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeSource);
  FakeSource.opened = [];
  share = new Share('/v1/events');
  tabs = [new Tab(), new Tab(), new Tab()];
});

afterEach(() => {
  for (const tab of tabs) share.hear(tab, { ask: 'leave' });
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('reads one stream for all tabs, and tells each of them what it says', () => {
  for (const tab of tabs) share.hear(tab, { ask: 'join' });
  last().onopen?.();
  last().tell('batch.paused', { id: 7, batch_id: 'batch_1', data: {} }, '7');
  vi.advanceTimersByTime(0);
  expect(FakeSource.opened).toHaveLength(1);
  const told = [{ state: { status: 'live' } }, { events: [{ kind: 'batch.paused', id: 7, batch_id: 'batch_1', data: {} }] }];
  for (const tab of tabs) expect(tab.told).toEqual(told);
});

it('goes on when the tab that began it is closed, and ends with the last one', () => {
  const [first, second] = tabs;
  share.hear(first, { ask: 'join' });
  share.hear(second, { ask: 'join' });
  share.hear(first, { ask: 'leave' });
  expect(FakeSource.opened).toEqual(open());
  share.hear(second, { ask: 'leave' });
  expect(open()).toEqual([]);
});

it('has a tab that comes later look again, as what it asked for may be older than what was told', () => {
  share.hear(tabs[0], { ask: 'join' });
  last().onopen?.();
  share.hear(tabs[1], { ask: 'join' });
  expect(tabs[1].told).toEqual([{ state: { status: 'live' } }, { events: [{ kind: 'snapshot', missed: true, batches: [] }] }]);
});

it('begins anew, once, when the browser is signed in with another key', () => {
  for (const tab of tabs) share.hear(tab, { ask: 'join' });
  last().tell('snapshot', { missed: false, batches: [] }, '412');
  for (const tab of tabs) share.hear(tab, { ask: 'renew', key: 'key_2' });
  expect(FakeSource.opened).toHaveLength(2);
  expect(open().map(({ url }) => url)).toEqual(['/v1/events']);
});
