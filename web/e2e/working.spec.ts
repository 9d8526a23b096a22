import { app } from '@/text/en/app';
import { batch as words } from '@/text/en/batch';
import { list } from '@/text/en/batches';
import { calls } from '@/text/en/calls';
import { control } from '@/text/en/control';
import { kit } from '@/text/en/kit';
import { nav } from '@/text/en/settings/nav';
import { counter, goTo, heading, people, startQuestion, stateOf } from './support/pages';
import { fileOf, numberEnding, whoAnswer } from './support/people';
import { expect, test } from './support/test';

const rejected = '+1415,Too Short\nnobody,Letters\n,Nothing\n112,Emergency\n98123,No Country\n';

test('progress counts people to be called, and rejected rows stand beside them', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const { id } = await world.batchOf(agent, fileOf(whoAnswer(2)) + rejected, { start: 'false' });
  await page.goto('/batch-calls');
  await expect(page.getByRole('row', { name: /Reminders/ })).toContainText('0 of 2 called, 5 rejected');
  await page.goto(`/batch-calls/${id}`);
  await expect(page.getByRole('heading', { name: /^0 of 2 called, 5 rejected/ })).toContainText('0%');
  await expect(people(page).getByRole('row').filter({ hasText: 'No Country' })).toContainText(words.recipient.reasons.malformed_number ?? '');

  await world.api.post(`/v1/batch-calls/${id}/start`);
  await expect(stateOf(page, 'completed')).toBeVisible();
  await expect(page.getByRole('heading', { name: /^2 of 2 called, 5 rejected/ })).toContainText('100%');
  await expect(page.getByText(words.progress.attempts('2', false))).toBeVisible();
  await page.goto('/batch-calls');
  await expect(page.getByRole('row', { name: /Reminders/ })).toContainText('100%');
});

test('starting a draft asks, and calls nobody before the answer', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const { id } = await world.batch(agent, whoAnswer(3), { start: 'false', retry: JSON.stringify({ max_retries: 2 }) });
  await page.goto(`/batch-calls/${id}`);
  await expect(page.getByRole('main').locator('header')).toContainText('Reminder, version 1');
  await page.getByRole('button', { name: control.actions.start, exact: true }).click();
  const question = startQuestion(page);
  for (const fact of ['3 people', '+1 415 555 0100', 'Reminder, version 1', /Right away: it is/, control.start.always, control.start.noHours, control.start.price('9', false)]) {
    await expect(question).toContainText(fact);
  }
  await question.getByRole('button', { name: kit.confirm.cancel }).click();
  await expect(question).toBeHidden();
  expect((await world.show(id)).status).toBe('draft');
  expect(await world.carrier.records()).toEqual([]);

  await page.getByRole('button', { name: control.actions.start, exact: true }).click();
  await question.getByRole('button', { name: control.start.confirm('3', false) }).click();
  await expect(stateOf(page, 'completed')).toBeVisible();
});

test('people are found by name, and a call by its ID', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const { id } = await world.batch(agent, whoAnswer(12));
  await page.goto(`/batch-calls/${id}`);
  await expect(stateOf(page, 'completed')).toBeVisible();
  await page.getByRole('searchbox', { name: words.recipients.search }).fill('person 12');
  await expect(people(page).getByRole('row').filter({ hasText: /Person/ })).toHaveCount(1);

  const { items } = await world.api.get<{ items: { call_id: string; to_number: string }[] }>('/v1/calls');
  const call = items[3]?.call_id ?? '';
  await page.goto('/calls');
  await page.getByRole('searchbox', { name: calls.list.number }).fill(call);
  await expect(page.getByRole('table', { name: calls.list.table }).getByRole('row')).toHaveCount(2);

  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(app.palette.placeholder).fill(call);
  const hit = page.getByRole('button', { name: /^Call to/ });
  await expect(hit).toHaveAttribute('data-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/calls/${call}$`));
});

test('the palette shows which hit Enter takes, pages of the settings among them', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/batch-calls');
  await expect(heading(page, app.pages.batches)).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(app.palette.placeholder).fill('trunk');
  await expect(page.getByRole('button', { name: app.palette.setting(nav.pages.telephony) })).toHaveAttribute('data-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/settings\/telephony$/);
});

test('the menu tells the version and leads to the documents', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/batch-calls');
  await page.getByRole('button', { name: app.account.label('default') }).click();
  await expect(page.getByText(/Campanile \d+\.\d+\.\d+/)).toBeVisible();
  await expect(page.getByRole('menuitem', { name: app.account.apiDocs })).toHaveAttribute('href', '/docs/');
  const guide = page.waitForEvent('popup');
  await page.getByRole('menuitem', { name: app.account.guide }).click();
  await expect((await guide).getByRole('heading', { level: 1 })).toBeVisible();
  await (await guide).getByRole('link', { name: 'The dashboard' }).click();
  await expect((await guide).getByRole('img').first()).toBeVisible();
});

test('test calls stand apart from batches', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const trial = { name: 'Trial', from_number: '+14155550100', agent_id: agent, test: true, recipients: [{ phone_number: numberEnding(7), name: 'Ada' }] };
  await world.api.post('/v1/batch-calls', trial);
  await world.batch(agent, [numberEnding(8)], { start: 'false' });
  await page.goto('/batch-calls');
  const rows = page.getByRole('table', { name: list.label }).getByRole('row').filter({ hasText: /Trial|Reminders/ });
  await expect(rows).toHaveText([/Reminders/]);
  await page.getByRole('combobox', { name: list.kind }).click();
  await page.getByRole('option', { name: list.kinds.tests }).click();
  await expect(rows).toHaveText([/Trial.*Test call/]);
});

test('calls that were cut when the server stopped are told, and redialed', async ({ page, world }) => {
  const { agent } = await world.lineUp({ max_calls: 3 });
  // Nobody picks up, and the agent waits: they are cut while they ring.
  await world.api.post(`/v1/agents/${agent}/versions`, { first_message: 'Hi {{name}}.', ring_timeout_s: 120, engine: { type: 'script', lines: [], goodbye: 'Bye.' } });
  await world.api.post(`/v1/agents/${agent}/versions/2/publish`);
  const { id } = await world.batch(agent, [71, 72, 73].map((ending) => numberEnding(ending)).concat(whoAnswer(2)));
  await page.goto(`/batch-calls/${id}`);
  await expect(counter(page, 'in_progress')).toHaveText(/^3/);
  await world.server.kill();
  await world.server.startAgain();
  const told = page.getByRole('alert').filter({ hasText: words.cut.title('3', false) });
  await expect(told).toBeVisible({ timeout: 60_000 });
  await expect(stateOf(page, 'completed')).toBeVisible();
  await told.getByRole('button', { name: words.cut.redial }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: words.redial.confirm('3', false) }).click();
  await expect(page.getByRole('heading', { name: /^0 of 3 called/ })).toBeVisible();
  await goTo(page, 'calls');
});
