import type { Route } from '@playwright/test';
import { list } from '@/text/en/batches';
import { control } from '@/text/en/control';
import { check } from '@/text/en/fileCheck';
import { form } from '@/text/en/newBatch';
import { confirmStart, heading, startQuestion, stateOf } from './support/pages';
import { fileOf, whoAnswer } from './support/people';
import { expect, test } from './support/test';

const people = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(fileOf(whoAnswer(3))) };

test('a date and time is confirmed in words, with its time zone, and the batch waits', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/batch-calls');
  await page.getByRole('main').getByRole('link', { name: list.newBatch }).first().click();
  const panel = page.getByRole('dialog', { name: form.title });
  await panel.getByLabel(form.basics.name).fill('In three days');
  await panel.locator('input[type=file]').setInputFiles(people);
  await panel.getByRole('radio', { name: form.schedule.later }).check();
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  await panel.getByLabel(form.schedule.at, { exact: true }).fill(`${day}T10:30`);
  await expect(panel.getByText(/^Starts on .*10:30, America\/New York/)).toBeVisible();
  await panel.getByRole('button', { name: form.save, exact: true }).click();
  await expect(startQuestion(page)).toContainText('10:30');
  await confirmStart(page);
  await expect(stateOf(page, 'scheduled')).toBeVisible();
  expect(await world.carrier.records()).toEqual([]);
});

test('mistakes stand beside their fields, all at once', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/batch-calls?new=true');
  const panel = page.getByRole('dialog', { name: form.title });
  await panel.getByRole('radio', { name: form.schedule.later }).check();
  await panel.getByRole('button', { name: form.save, exact: true }).click();
  for (const mistake of [form.required.name, form.required.file, form.required.starts_at]) {
    await expect(panel.getByText(mistake)).toBeVisible();
  }
  await expect(panel.getByLabel(form.basics.name)).toBeFocused();
});

test('columns that nearly fit are named before anything is saved', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/batch-calls?new=true');
  const panel = page.getByRole('dialog', { name: form.title });
  const buffer = Buffer.from('phone_number,Name\n+12125550001,Jordan\n');
  await panel.locator('input[type=file]').setInputFiles({ ...people, buffer });
  const report = panel.getByRole('group', { name: check.title });
  await expect(report.getByRole('button', { name: check.takeNear('Name') })).toBeVisible();
  await expect(report.getByRole('alert')).toContainText(check.refused.missing_variables);
});

test('the zone in which a start was chosen is kept, and shown wherever the start is', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/batch-calls?new=true');
  const panel = page.getByRole('dialog', { name: form.title });
  await panel.getByLabel(form.basics.name).fill('For Tokyo');
  await panel.locator('input[type=file]').setInputFiles(people);
  await panel.getByRole('radio', { name: form.schedule.later }).check();
  const zone = panel.getByRole('combobox', { name: form.schedule.zone, exact: true }).first();
  await zone.fill('Tokyo');
  await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  await panel.getByLabel(form.schedule.at, { exact: true }).fill(`${day}T10:30`);
  await panel.getByRole('button', { name: form.save, exact: true }).click();
  await expect(startQuestion(page)).toContainText(/10:30 GMT\+9, which is .* on your clock/);
  await confirmStart(page);
  await expect(stateOf(page, 'scheduled')).toBeVisible();
  await expect(page.getByRole('main').locator('header')).toContainText(/10:30 GMT\+9 there/);
  // To call people before their time is not what stands out beside Pause.
  for (const name of [control.actions.startNow, control.actions.pause]) {
    await expect(page.getByRole('button', { name, exact: true })).toHaveAttribute('data-variant', 'default');
  }

  await page.getByRole('link', { name: control.actions.edit, exact: true }).click();
  const edit = page.getByRole('dialog', { name: form.editTitle('For Tokyo') });
  await expect(edit.getByLabel(form.schedule.at, { exact: true })).toHaveValue(`${day}T10:30`);
  await expect(edit.getByRole('combobox', { name: form.schedule.zone, exact: true }).first()).toHaveValue('Asia/Tokyo');
});

test('what is pressed before the file is checked is done when it is', async ({ page, world }) => {
  await world.lineUp();
  const held: Route[] = [];
  let pressed = false;
  await page.route('**/v1/batch-calls/validate', async (route) => {
    if (pressed) await route.continue();
    else held.push(route);
  });
  await page.goto('/batch-calls?new=true');
  const panel = page.getByRole('dialog', { name: form.title });
  await panel.getByLabel(form.basics.name).fill('In a hurry');
  await panel.locator('input[type=file]').setInputFiles(people);
  await panel.getByRole('button', { name: form.saveAndStart }).click();
  await expect(panel.getByText(form.waiting)).toBeVisible();
  pressed = true;
  // A check that is no longer wanted was aborted.
  for (const route of held) await route.continue().catch(() => undefined);
  await expect(startQuestion(page)).toContainText('3 people');
  await confirmStart(page);
  await expect(heading(page, 'In a hurry')).toBeVisible();
});
