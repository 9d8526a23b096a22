import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { batch as words } from '@/text/en/batch';
import { list } from '@/text/en/batches';
import { calls } from '@/text/en/calls';
import { check } from '@/text/en/fileCheck';
import { form } from '@/text/en/newBatch';
import { atAnyHour, confirmStart, count, counter, goTo, heading, people, startQuestion, stateOf } from './support/pages';
import { fileOf, whoAnswer } from './support/people';
import { expect, test } from './support/test';

const good = whoAnswer(40);
/** Rows 42 to 45 cannot be called. */
const file = `${fileOf(good)}+1415,Too Short\nnobody,Letters\n,Nothing\n112,Emergency\n`;

test('the reference page, step by step', async ({ page, world }) => {
  test.setTimeout(180_000);
  await world.lineUp({ max_calls: 2 });
  await page.goto('/calls');
  await goTo(page, 'batches');
  await page.getByRole('main').getByRole('link', { name: list.newBatch }).first().click();
  const panel = page.getByRole('dialog', { name: form.title });
  await test.step('the fields, and a file with bad rows', () => fillIn(panel));
  await test.step('retry rules', () => retryRules(panel));

  await panel.getByRole('button', { name: form.saveAndStart }).click();
  await test.step('starting asks first, with whom and by whom', async () => {
    const question = startQuestion(page);
    await expect(question).toContainText('40 people');
    await expect(question).toContainText('+1 415 555 0100');
    await expect(question).toContainText('Reminder, version 1');
    await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await confirmStart(page);
  });
  await expect(heading(page, 'June reminders')).toBeVisible();
  await expect(stateOf(page, 'running')).toBeVisible();
  const id = /batch_\w+/.exec(page.url())?.[0] ?? '';

  await test.step('statuses change while one looks', async () => {
    await expect(counter(page, 'in_progress')).not.toHaveText(/^0/);
    await expect(counter(page, 'completed')).not.toHaveText(/^0/);
    await expect.poll(() => count(page, 'skipped')).toBe(4);
    const row = people(page).getByRole('row').filter({ hasText: 'Person 1' }).first();
    await expect(row).toContainText('Completed');
  });

  const quiet = await test.step('pause: calls finish and none begins', () => pauseForAWhile(page));
  await expect.poll(async () => (await world.carrier.records()).some(({ invited }) => invited > quiet.until)).toBe(true);

  await test.step('stop asks first, and says what will happen', () => stop(page));
  await expect(counter(page, 'in_progress')).toHaveText(/^0/);

  await test.step('the report is that of the API', async () => {
    const workbook = page.waitForEvent('download');
    await page.getByRole('link', { name: words.actions.report, exact: true }).click();
    expect((await workbook).suggestedFilename()).toMatch(/ report\.xlsx$/);
    expect((await readFile(await (await workbook).path())).subarray(0, 4)).toEqual(Buffer.from('PK\u0003\u0004'));
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: words.actions.reportCsv, exact: true }).click();
    expect((await download).suggestedFilename()).toMatch(/ report\.csv$/);
    const report = await readFile(await (await download).path(), 'utf8');
    // Asked for at the page's own address, which stands in the links to calls; whoever reads an
    // answer as text does not see its mark.
    const told = await page.evaluate(async (path) => (await fetch(path)).text(), `/v1/batch-calls/${id}/report.csv?bom=true`);
    expect(report.slice(1)).toBe(told);
    expect(report.split('\n')[0]).toContain('\ufeffphone_number,name,final_status,attempts_made,call_id,digits,call_url');
    expect(report).toMatch(new RegExp(`,${new URL(page.url()).origin}/calls/[^,]+\r\n`));
    expect(report).toContain('skipped');
    expect(report).toContain('cancelled');
  });

  await test.step('people are found by what they pressed', async () => {
    const pressed = page.getByRole('combobox', { name: words.recipients.digits, exact: true });
    for (const [digits, found] of [['any', words.recipients.none], ['none', 'Person 1']] as const) {
      await pressed.click();
      await page.getByRole('option', { name: words.recipients.pressed(digits), exact: true }).click();
      await expect(page.getByText(found).first()).toBeVisible();
    }
    await page.getByRole('button', { name: words.recipients.clear, exact: true }).first().click();
  });

  await test.step('the transcript of a call', () => readTranscript(page));

  const calls = await world.carrier.records();
  expect(calls.filter(({ invited }) => invited > quiet.from && invited < quiet.until)).toEqual([]);
  const { progress } = await world.show(id);
  expect(calls.length).toBe(progress.attempts);
});

async function fillIn(panel: Locator): Promise<void> {
  await panel.getByLabel(form.basics.name).fill('June reminders');
  await expect(panel.getByRole('combobox', { name: form.basics.from })).toHaveValue(/415.*0100/);
  await expect(panel.getByRole('combobox', { name: form.basics.version })).toHaveValue(form.basics.versionLatest(1));

  const upload = { name: 'june.csv', mimeType: 'text/csv', buffer: Buffer.from(file) };
  await panel.locator('input[type=file]').setInputFiles(upload);
  const report = panel.getByRole('group', { name: check.title });
  await expect(report).toContainText(check.accepted('40', false));
  await expect(report).toContainText(check.rejected('4', false));
  await report.getByRole('button', { name: /: 2 rows$/ }).click();
  await expect(report.getByText(/^Rows 42, 45/)).toBeVisible();
  await expect(report.getByRole('button', { name: /: 1 row$/ })).toHaveCount(2);
  await expect(report.getByText('Hi Person 1.')).toBeVisible();
}

async function retryRules(panel: Locator): Promise<void> {
  await panel.getByRole('radio', { name: form.schedule.now }).check();
  await atAnyHour(panel);
  await panel.getByLabel(form.retry.max).fill('1');
  await panel.getByLabel(form.retry.wait).fill('0');
  for (const name of [form.retry.on_no_answer, form.retry.on_voicemail, form.retry.on_busy, form.retry.on_declined]) {
    await panel.getByRole('checkbox', { name }).check();
  }
  await panel.getByLabel(form.limits.max).fill('2');
}

/** Pauses until nobody is in a call, then goes on; answers between which seconds nobody may be called. */
async function pauseForAWhile(page: Page): Promise<{ from: number; until: number }> {
  const paused = page.waitForResponse(/\/pause$/);
  await page.getByRole('button', { name: words.actions.pause }).click();
  expect((await paused).ok()).toBe(true);
  const from = Date.now() / 1000;
  await expect(stateOf(page, 'paused')).toBeVisible();
  await expect(page.getByRole('heading', { name: words.blockers.paused.title })).toBeVisible();
  await expect(counter(page, 'in_progress')).toHaveText(/^0/);
  await expect(counter(page, 'pending')).not.toHaveText(/^0/);
  const until = Date.now() / 1000;
  await page.getByRole('button', { name: words.actions.resume }).click();
  await expect(stateOf(page, 'running')).toBeVisible();
  return { from, until };
}

async function stop(page: Page): Promise<void> {
  await page.getByRole('button', { name: words.actions.stop, exact: true }).click();
  const question = page.getByRole('dialog', { name: words.stop.title });
  await expect(question).toContainText(/\d+ calls? will finish, \d+ people will not be called/);
  await expect(question).toContainText(words.stop.forever);
  await question.getByRole('button', { name: words.stop.confirm }).click();
  await expect(stateOf(page, 'cancelled')).toBeVisible();
}

async function readTranscript(page: Page): Promise<void> {
  await counter(page, 'completed').click();
  await people(page).getByRole('row').filter({ hasText: 'Person 1' }).first().click();
  const panel = page.getByRole('dialog');
  await expect(panel.getByText('Hi Person 1.')).toBeVisible();
  await panel.getByRole('link', { name: words.recipient.open }).first().click();
  await expect(page.getByRole('region', { name: calls.call.transcript })).toContainText('Hi Person 1.');
}
