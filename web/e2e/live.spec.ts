import { app } from '@/text/en/app';
import { batch as words } from '@/text/en/batch';
import { kit } from '@/text/en/kit';
import { count, counter, isMarked, mark, stateOf } from './support/pages';
import { whoAnswer } from './support/people';
import { expect, test } from './support/test';

const lost = new RegExp(`^${app.connection.lost('.*').split('.*')[0] ?? ''}`);

test('a scheduled batch starts by itself while its page is open', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const { id } = await world.batch(agent, whoAnswer(4), { starts_at: tomorrow });
  await page.goto(`/batch-calls/${id}`);
  await expect(stateOf(page, 'scheduled')).toBeVisible();
  await expect(page.getByRole('heading', { name: words.blockers.waiting_for_start.title })).toBeVisible();
  await mark(page);

  const soon = Date.now() + 2_000;
  await world.api.patch(`/v1/batch-calls/${id}`, { starts_at: new Date(soon).toISOString() });
  await expect(stateOf(page, 'completed')).toBeVisible();
  await expect(counter(page, 'completed')).toHaveText(/^4/);
  expect(await isMarked(page)).toBe(true);
  const [first] = await world.carrier.records();
  expect(first?.invited).toBeGreaterThanOrEqual(soon / 1000);
});

test('a connection that was cut comes back without a reload, with what happened meanwhile', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const { id } = await world.batch(agent, whoAnswer(12));
  await page.goto(`/batch-calls/${id}`);
  await expect(counter(page, 'in_progress')).not.toHaveText(/^0/);
  await mark(page);

  world.cable.cut();
  await expect(page.getByText(lost)).toBeVisible();
  await expect.poll(async () => (await world.show(id)).status, { timeout: 60_000 }).toBe('completed');
  await expect(stateOf(page, 'running')).toBeVisible();

  world.cable.mend();
  await expect(stateOf(page, 'completed')).toBeVisible();
  await expect(counter(page, 'completed')).toHaveText(/^12/);
  await expect(page.getByText(lost)).toBeHidden();
  expect(await isMarked(page)).toBe(true);
});

test('two tabs agree', async ({ page, context, world }) => {
  const { agent } = await world.lineUp({ max_calls: 2 });
  const { id } = await world.batch(agent, whoAnswer(30));
  const other = await context.newPage();
  await Promise.all([page.goto(`/batch-calls/${id}`), other.goto('/batch-calls')]);
  await expect(stateOf(page, 'running')).toBeVisible();
  const row = other.getByRole('row', { name: /Reminders/ });
  await expect(row).toContainText('Active');

  await page.getByRole('button', { name: words.actions.pause }).click();
  await expect(row).toContainText('Paused');
  await expect(counter(page, 'in_progress')).toHaveText(/^0/);
  const done = await count(page, 'completed');
  await expect(row).toContainText(`${done} of 30 called`);

  await row.getByRole('link', { name: 'Reminders' }).click();
  await other.getByRole('button', { name: words.actions.resume }).click();
  await expect(stateOf(page, 'running')).toBeVisible();
  await other.getByRole('button', { name: words.actions.stop, exact: true }).click();
  await other.getByRole('button', { name: words.stop.confirm }).click();
  await expect(stateOf(page, 'cancelled')).toBeVisible();
  await expect(stateOf(other, 'cancelled')).toBeVisible();
});

test('the page recovers when the server is killed and started again', async ({ page, world }) => {
  const { agent } = await world.lineUp({ max_calls: 2 });
  const { id } = await world.batch(agent, whoAnswer(16));
  await page.goto(`/batch-calls/${id}`);
  await expect(counter(page, 'completed')).not.toHaveText(/^0/);
  await mark(page);

  await world.server.kill();
  await expect(page.getByText(lost)).toBeVisible();
  await world.server.startAgain();
  await expect(page.getByText(lost)).toBeHidden();
  await expect(stateOf(page, 'completed')).toBeVisible({ timeout: 60_000 });
  expect(await isMarked(page)).toBe(true);

  // Nobody was called twice: whoever was in a call when it died is not called again.
  const numbers = (await world.carrier.records()).map(({ to }) => to);
  expect(numbers.length).toBe(new Set(numbers).size);
  const { progress } = await world.show(id);
  expect(await count(page, 'completed')).toBe(progress.completed);
});

test('what cannot be loaded is said in its place, and the rest goes on', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const { id } = await world.batch(agent, whoAnswer(6));
  await page.route('**/assets/SeriesChart-*', (route) => route.abort());
  await page.goto(`/batch-calls/${id}`);
  const said = page.getByRole('alert').filter({ hasText: kit.notLoaded.title });
  await expect(said).toBeVisible();
  await expect(stateOf(page, 'completed')).toBeVisible();
  await expect(counter(page, 'completed')).toHaveText(/^6/);

  await page.unrouteAll();
  await said.getByRole('button', { name: kit.notLoaded.reload }).click();
  await expect(page.getByRole('figure')).toBeVisible();
  await expect(said).toBeHidden();
});
