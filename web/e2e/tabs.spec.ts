import type { BrowserContext, Page } from '@playwright/test';
import { app } from '@/text/en/app';
import { batch as words } from '@/text/en/batch';
import { heading, stateOf } from './support/pages';
import { crowd } from './support/people';
import { expect, test } from './support/test';
import type { World } from './support/world';

/** More than the six connections that a browser keeps to a server. */
const many = 8;

/** More people than two calls at once reach while the tabs open, however busy the machine is. */
const people = crowd(2_000);

test('eight tabs share one stream, and Pause answers in each of them', async ({ context, world }) => {
  const { agent } = await world.lineUp({ max_calls: 2 });
  const { id } = await world.batchOf(agent, people);
  const tabs = await openTabs(context, `/batch-calls/${id}`);
  for (const tab of tabs) await expect(stateOf(tab, 'running')).toBeVisible();
  expect(await streams(world)).toBe(1);

  const [first, , , , , , , last] = tabs;
  await answersPause(last);
  for (const tab of tabs) await expect(stateOf(tab, 'paused')).toBeVisible();
  await first.getByRole('button', { name: words.actions.resume }).click();
  for (const tab of tabs) await expect(stateOf(tab, 'running')).toBeVisible();

  // The tab that opened the stream goes, and the others hear on.
  await first.close();
  await answersPause(last);
  for (const tab of tabs.slice(1)) await expect(stateOf(tab, 'paused')).toBeVisible();
  expect(await streams(world)).toBe(1);
  for (const tab of tabs.slice(1)) await tab.close();
  await expect.poll(() => streams(world)).toBe(0);
});

test('all tabs come back together after the connection was cut', async ({ context, world }) => {
  const { agent } = await world.lineUp({ max_calls: 2 });
  const { id } = await world.batchOf(agent, people);
  const tabs = await openTabs(context, `/batch-calls/${id}`);
  for (const tab of tabs) await expect(stateOf(tab, 'running')).toBeVisible();
  world.cable.cut();
  await world.api.post(`/v1/batch-calls/${id}/pause`);
  for (const tab of tabs) await expect(tab.getByText(lost)).toBeVisible();
  world.cable.mend();
  for (const tab of tabs) {
    await expect(stateOf(tab, 'paused')).toBeVisible();
    await expect(tab.getByText(lost)).toBeHidden();
  }
  expect(await streams(world)).toBe(1);
});

test('who signs out of one tab is signed out of all, and who signs in as somebody else is that in all', async ({ context, page, world }) => {
  const other = await context.newPage();
  await Promise.all([page.goto('/batch-calls'), other.goto('/batch-calls')]);
  await Promise.all([page, other].map((tab) => expect(heading(tab, app.pages.batches)).toBeVisible()));
  await page.getByRole('button', { name: app.account.label('default') }).click();
  await page.getByRole('menuitem', { name: app.account.signOut }).click();
  const field = other.getByLabel(app.signIn.label, { exact: true });
  await expect(field).toBeVisible();
  await expect.poll(() => streams(world)).toBe(0);

  const reader = await world.server.key('read');
  await field.fill(reader);
  await field.press('Enter');
  for (const tab of [page, other]) await expect(heading(tab, app.pages.batches)).toBeVisible();

  // An address that signs in takes the others along.
  await page.goto(`/#key=${world.key}`);
  await expect(heading(page, app.pages.batches)).toBeVisible();
  await other.getByRole('button', { name: app.account.label('default') }).click();
  await expect(other.getByText(app.account.key(world.key.split(':')[0] ?? ''))).toBeVisible();
  await expect.poll(() => streams(world)).toBe(1);
});

const lost = new RegExp(`^${app.connection.lost('.*').split('.*')[0] ?? ''}`);

type Tabs = [Page, Page, Page, Page, Page, Page, Page, Page];

async function openTabs(context: BrowserContext, path: string): Promise<Tabs> {
  const tabs: Page[] = [];
  for (let nth = 0; nth < many; nth += 1) tabs.push(await context.newPage());
  for (const tab of tabs) await tab.goto(path);
  return tabs as Tabs;
}

/** Presses Pause and waits for the server's answer. Without a free connection it never comes. */
async function answersPause(tab: Page): Promise<void> {
  const answer = tab.waitForResponse((response) => response.url().endsWith('/pause'));
  await tab.getByRole('button', { name: words.actions.pause }).click();
  expect((await answer).ok()).toBe(true);
}

/** Streams of events that the server has open. */
async function streams(world: World): Promise<number> {
  const metrics = await world.api.text('/metrics');
  return Number(/^campanile_sse_streams (\d+)/m.exec(metrics)?.[1]);
}
