import { people } from '../support/pages';
import { crowd, fileOf, whoAnswer } from '../support/people';
import { longestTaskOfScrolling } from '../support/scrolling';
import { expect, test } from '../support/test';
import type { World } from '../support/world';
import { heap, ms, noteWhenReady, sights, spread, tell, watchTexts, type Sight } from './measure';

const pace = 200;
const rowHeight = 34;
const seconds = Number(process.env.BENCH_SECONDS ?? 120);

test('from the wire to the page', async ({ page, world }) => {
  const id = await dial(world, 40 * pace);
  await page.goto(`/batch-calls/${id}`);
  const frame = people(page);
  await expect(frame).toBeVisible();
  await watchTexts(page, '[role="row"], #progress');
  for (;;) {
    const { progress, status } = await world.show(id);
    if (status !== 'running') break;
    // In sight are the rows whose turn comes in a second.
    await frame.evaluate((element, top) => element.scrollTo(0, top), (progress.failed + pace) * rowHeight);
    await page.waitForTimeout(1_500);
  }
  const records = await world.carrier.records();
  const seen = await sights(page);
  const rows = rowsSeen(seen, new Map(records.map(({ to, ended }) => [to, ended])));
  tell(`a call ends on the wire → its row says so, ${pace} calls/s`, `${spread(rows)} (${rows.length} rows)`, 'p99 ≤ 250 ms');
  const counts = countsSeen(seen, records.map(({ ended }) => ended).sort((one, other) => one - other));
  tell('the same → the counts say so', `${spread(counts)} (${counts.length} calls)`, '');
});

test('the first page', async ({ context, world }) => {
  const { agent } = await world.lineUp();
  for (let nth = 1; nth <= 20; nth += 1) await world.batch(agent, whoAnswer(20), { name: `Batch ${nth}`, start: 'false' });
  const waits: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.clearBrowserCache');
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await noteWhenReady(page, 'Batch 1');
    await page.goto('/batch-calls', { waitUntil: 'commit' });
    waits.push(await page.evaluate(() => globalThis.ready));
    await page.close();
  }
  const middle = waits.sort((one, other) => one - other)[2] ?? Number.NaN;
  tell('first page interactive with 20 batches, 4× slower CPU, nothing cached', `${ms(middle)} (median of 5)`, '≤ 1 s');
});

test('memory over a live run', async ({ page, world }) => {
  const id = await dial(world, seconds * pace);
  await page.goto(`/batch-calls/${id}`);
  await expect(people(page)).toBeVisible();
  const sizes: number[] = [];
  while ((await world.show(id)).status === 'running') {
    sizes.push(await heap(page));
    await page.waitForTimeout(seconds * 100);
  }
  const words = sizes.map((size) => size.toFixed(1)).join(', ');
  tell(`heap after garbage collection over ${seconds} s with ${pace} calls/s`, `${words} MB`, 'flat');
});

test('scrolling through a hundred thousand people', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const { id } = await world.batchOf(agent, crowd(100_000), { start: 'false' });
  await page.goto(`/batch-calls/${id}`);
  const frame = people(page);
  await expect(frame.getByText('Person 1', { exact: true })).toBeVisible();
  const longest = await longestTaskOfScrolling(frame, 300);
  await expect(frame.getByText('Person 100000', { exact: true })).toBeVisible();
  tell('longest task while 100,000 rows are scrolled through in 300 frames', longest ? ms(longest) : '< 50 ms', '≤ 200 ms');
});

/** A batch of people whose lines are busy, dialed at the pace. */
async function dial(world: World, count: number): Promise<string> {
  const { agent } = await world.lineUp({ max_calls: 1_000, max_cps: pace });
  await world.api.patch('/v1/workspace', { max_concurrent_calls: 1_000 });
  const numbers = Array.from({ length: count }, (_, nth) => {
    const line = Math.floor(nth / 5);
    return `+1${212 + Math.floor(line / 10_000)}5${String(line % 10_000).padStart(4, '0')}8${nth % 5}`;
  });
  return (await world.batchOf(agent, fileOf(numbers))).id;
}

/** How many milliseconds after its call each row showed the end, of rows that were in sight before. */
function rowsSeen(seen: readonly Sight[], ended: ReadonlyMap<string, number>): number[] {
  const before = new Set<string>();
  return seen.flatMap(({ text, at }) => {
    const to = /\+1 \d{3} \d{3} \d{4}/.exec(text)?.[0].replaceAll(' ', '') ?? '';
    const over = ended.get(to);
    if (over !== undefined && before.has(to) && text.includes('Failed')) return [(at - over) * 1000];
    before.add(to);
    return [];
  });
}

/** How many milliseconds after the end of each call the number of those that are done included it. */
function countsSeen(seen: readonly Sight[], ended: readonly number[]): number[] {
  let counted: number | undefined;
  return seen.flatMap(({ text, at }) => {
    const done = Number.parseInt((/^([\d,]+) of /.exec(text)?.[1] ?? '').replaceAll(',', ''), 10);
    if (Number.isNaN(done)) return [];
    // What was over before the page was open is not counted.
    const fresh = ended.slice(counted ?? done, done);
    counted = Math.max(done, counted ?? 0);
    return fresh.map((end) => (at - end) * 1000);
  });
}
