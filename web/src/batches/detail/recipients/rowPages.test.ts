import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RecipientList, RecipientView } from '@/kit/api';
import type { LiveFact } from '@/kit/live';
import { mostPages, pageSize, restAfter, RowPages, type Place } from './rowPages';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function recipient(index: number): RecipientView {
  return {
    id: `recipient_${index}`, batch_id: 'batch_1', row: index + 2, phone_number: '+14155550101', status: 'pending', reason: null,
    attempts_made: 0, attempts_recorded: 0, results: {}, last_attempt_at: null, last_outcome: null, last_end_reason: null, next_attempt_at: null, variables: {},
  };
}

/** A server with `total` recipients, that tells how many or does not. Searches come in pages of at most `short`. */
function serverWith(total: number, { tells = true, short = pageSize } = {}) {
  const asked: Place[] = [];
  let answering = Promise.resolve();
  const fetchRows = async (place: Place, signal: AbortSignal): Promise<RecipientList> => {
    asked.push(place);
    await answering;
    if (signal.aborted) throw new DOMException('aborted', 'AbortError');
    const from = place.offset ?? Number(place.cursor ?? 0);
    const end = Math.min(total, from + Math.min(place.limit, short));
    const items = Array.from({ length: Math.max(0, end - from) }, (_, i) => recipient(from + i));
    return { items, next_cursor: end < total && place.offset === undefined ? String(end) : null, total: tells ? total : null };
  };
  /** Answers wait until the function that this returns is called. */
  const hold = () => {
    let release = () => {};
    answering = new Promise((resolve) => (release = resolve));
    return release;
  };
  return { asked, fetchRows, hold };
}

async function opened(server: ReturnType<typeof serverWith>) {
  const changed = vi.fn();
  const rows = new RowPages(server.fetchRows, changed);
  rows.refresh();
  await settle();
  return { rows, changed };
}

async function settle() {
  await vi.advanceTimersByTimeAsync(restAfter + 10);
}

const finished = (index: number): LiveFact => ({
  kind: 'recipient.finished', id: 1, at: '2026-06-03T09:00:00Z', batch_id: 'batch_1', data: { recipient_id: `recipient_${index}`, status: 'completed', attempts_made: 1 },
});

test('any place of a million rows is one page away', async () => {
  const server = serverWith(1_000_000);
  const { rows } = await opened(server);
  expect(rows.state).toMatchObject({ count: 1_000_000, exact: true, loading: false });
  rows.see(876_500, 876_530);
  await settle();
  expect(rows.row(876_512)?.row).toBe(876_514);
  expect(server.asked).toEqual([{ limit: pageSize }, { offset: 876_400, limit: pageSize }]);
});

test('nothing is fetched while scrolling goes on', async () => {
  const server = serverWith(1_000_000);
  const { rows } = await opened(server);
  for (let first = 1_000; first < 500_000; first += 5_000) {
    rows.see(first, first + 30);
    await vi.advanceTimersByTimeAsync(restAfter / 2);
  }
  expect(server.asked).toHaveLength(1);
  await settle();
  expect(server.asked).toHaveLength(2);
});

test('a page that scrolling left behind is not waited for', async () => {
  const server = serverWith(1_000_000);
  const { rows } = await opened(server);
  const release = server.hold();
  rows.see(20_000, 20_030);
  await settle();
  rows.see(90_000, 90_030);
  await settle();
  release();
  await settle();
  expect(rows.row(20_000)).toBeUndefined();
  expect(rows.row(90_000)).toBeDefined();
});

test('only some pages are kept, and the ones in sight always', async () => {
  const { rows } = await opened(serverWith(1_000_000));
  for (let page = 1; page <= mostPages + 5; page += 1) {
    rows.see(page * pageSize, page * pageSize + 30);
    await settle();
  }
  const held = Array.from({ length: mostPages + 6 }, (_, page) => rows.row(page * pageSize)).filter(Boolean);
  expect(held).toHaveLength(mostPages);
  expect(rows.row((mostPages + 5) * pageSize)).toBeDefined();
});

test('without a total pages come one behind the other, and the end is found', async () => {
  const { rows } = await opened(serverWith(350, { tells: false, short: 90 }));
  expect(rows.state).toMatchObject({ known: 200, count: 400, exact: false });
  rows.see(190, 220);
  await settle();
  expect(rows.row(349)?.id).toBe('recipient_349');
  expect(rows.state).toMatchObject({ known: 350, count: 350, exact: true });
});

test('a search without a match has no rows', async () => {
  const { rows } = await opened(serverWith(0, { tells: false }));
  expect(rows.state).toMatchObject({ count: 0, exact: true, loading: false });
});

test('a row changes in place when something happens to its recipient', async () => {
  const { rows, changed } = await opened(serverWith(1_000));
  const before = rows.row(4);
  changed.mockClear();
  rows.hear([finished(3), finished(900_000)]);
  expect(rows.row(3)).toMatchObject({ status: 'completed', attempts_made: 1 });
  expect(rows.row(4)).toBe(before);
  expect(changed).toHaveBeenCalledTimes(1);
});

test('what happens to nobody in memory changes nothing', async () => {
  const { rows, changed } = await opened(serverWith(1_000));
  changed.mockClear();
  rows.hear([finished(999)]);
  expect(changed).not.toHaveBeenCalled();
});

test('what happened while a page was on its way is not lost', async () => {
  const server = serverWith(1_000);
  const { rows } = await opened(server);
  const release = server.hold();
  rows.see(400, 430);
  await settle();
  rows.hear([finished(405)]);
  release();
  await settle();
  expect(rows.row(405)).toMatchObject({ status: 'completed' });
});

test('a refresh shows the old rows until the new ones are there', async () => {
  const server = serverWith(1_000);
  const { rows } = await opened(server);
  rows.hear([finished(3)]);
  const release = server.hold();
  rows.refresh();
  await settle();
  expect(rows.row(3)).toMatchObject({ status: 'completed' });
  release();
  await settle();
  expect(rows.row(3)).toMatchObject({ status: 'pending' });
});

test('an error is told, and the next refresh mends it', async () => {
  const server = serverWith(10);
  let broken = true;
  const rows = new RowPages((place, signal) => (broken ? Promise.reject(new Error('no')) : server.fetchRows(place, signal)), () => {});
  rows.refresh();
  await settle();
  expect(rows.state.error).toEqual(new Error('no'));
  broken = false;
  rows.refresh();
  await settle();
  expect(rows.state).toMatchObject({ error: undefined, count: 10 });
});
