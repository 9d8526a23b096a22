import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { signedOut } from '../api/signedOut';
import { FakeSource } from './FakeSource';
import { connection, listen } from './hub';

const open = () => FakeSource.opened.filter(({ readyState }) => readyState !== FakeSource.CLOSED);
const last = () => FakeSource.opened.at(-1) as FakeSource;
let leave: (() => void) | undefined;

function look(away: boolean) {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(away);
  document.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeSource);
  FakeSource.opened = [];
});

afterEach(() => {
  leave?.();
  leave = undefined;
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('has one line however many listen, and none when nobody does', () => {
  const [one, other] = [listen(() => undefined), listen(() => undefined)];
  expect(open()).toHaveLength(1);
  one();
  expect(open()).toHaveLength(1);
  other();
  expect(open()).toEqual([]);
});

it('gives its line back while nobody looks, and goes on when somebody does', () => {
  leave = listen(() => undefined);
  last().onopen?.();
  look(true);
  vi.advanceTimersByTime(14_000);
  look(false);
  vi.advanceTimersByTime(60_000);
  expect(open()).toHaveLength(1);

  look(true);
  vi.advanceTimersByTime(15_000);
  expect(open()).toEqual([]);
  expect(connection().status).toBe('reconnecting');
  look(false);
  expect(open()).toHaveLength(1);
  expect(connection().status).toBe('reconnecting');
  last().onopen?.();
  expect(connection()).toEqual({ status: 'live' });
});

it('has no line in a tab that was opened behind another one', () => {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  leave = listen(() => undefined);
  expect(open()).toEqual([]);
  look(false);
  expect(open()).toHaveLength(1);
});

it('asks who is signed in when the line is refused', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({}, { status: 401 })));
  const told = vi.fn();
  const forget = signedOut.subscribe(told);
  leave = listen(() => undefined);
  last().close();
  last().onerror?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toHaveBeenCalledOnce();
  forget();
});
