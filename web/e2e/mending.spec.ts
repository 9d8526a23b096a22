import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { batch as words } from '@/text/en/batch';
import { check } from '@/text/en/fileCheck';
import { form } from '@/text/en/newBatch';
import { atAnyHour, heading, stateOf } from './support/pages';
import { expect, test } from './support/test';

async function openPanel(page: Page, name: string): Promise<Locator> {
  await page.goto('/batch-calls?new=true');
  const panel = page.getByRole('dialog', { name: form.title });
  await panel.getByLabel(form.basics.name).fill(name);
  await expect(panel.getByRole('combobox', { name: form.basics.version })).toHaveValue(form.basics.versionLatest(1));
  return panel;
}

async function add(panel: Locator, name: string, content: string | Buffer): Promise<Locator> {
  await panel.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
  return panel.getByRole('group', { name: check.title });
}

async function choose(page: Page, field: Locator, option: string): Promise<void> {
  await field.click();
  await page.getByRole('option', { name: option }).first().click();
}

test('a header in row 3, the numbers and a placeholder are chosen in the panel, and said so', async ({ page, world }) => {
  await world.lineUp();
  const panel = await openPanel(page, 'An export');
  const report = await add(panel, 'export.csv', 'Kunden Juni;;\n\nTelefon;Kunde;Ort\n+12125550001;Jordan;Rom\n');
  await expect(report.getByRole('alert')).toContainText(check.refused.missing_phone_number_column);
  await report.getByRole('button', { name: check.take([check.takeHeader('3'), check.takeColumn('Telefon')]) }).click();
  await expect(report.getByRole('alert')).toContainText(check.refused.missing_variables);
  await expect(panel.getByRole('combobox', { name: form.file.numbers })).toHaveValue('Telefon');
  await expect(panel.getByLabel(form.file.header)).toHaveValue('3');

  await choose(page, report.getByRole('combobox', { name: check.columnFor('name') }), 'Kunde');
  await expect(report).toContainText(check.accepted('1', true));
  await expect(report.getByText('Hi Jordan.')).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('mapping.png'), fullPage: true });
  await atAnyHour(panel);
  await panel.getByRole('button', { name: form.save, exact: true }).click();
  await expect(heading(page, 'An export')).toBeVisible();
  await expect(stateOf(page, 'draft')).toBeVisible();

  const id = /batch_\w+/.exec(page.url())?.[0] ?? '';
  await world.api.post(`/v1/batch-calls/${id}/start`);
  await expect.poll(async () => (await world.show(id)).status, { timeout: 30_000 }).toBe('completed');
  const calls = await world.api.get<{ items: { call_id: string }[] }>(`/v1/calls?batch_id=${id}`);
  const call = await world.api.text(`/v1/calls/${calls.items[0]?.call_id ?? ''}`);
  expect(call).toContain('Hi Jordan.');
  expect(await world.api.text(`/v1/batch-calls/${id}/report.csv`)).toContain('Telefon,Kunde,Ort,final_status');
});

test('the column with the numbers is chosen by hand', async ({ page, world }) => {
  await world.lineUp();
  const panel = await openPanel(page, 'Two numbers');
  const report = await add(panel, 'two.csv', 'phone_number,mobile,name\n,+12125550001,Jordan\n,+12125550002,Lee\n');
  await expect(report.getByRole('alert')).toContainText(check.refused.nothing_accepted);
  await choose(page, panel.getByRole('combobox', { name: form.file.numbers }), 'mobile');
  await expect(report).toContainText(check.accepted('2', false));
});

test('an encoding is chosen by how its letters look', async ({ page, world }) => {
  await world.lineUp();
  const panel = await openPanel(page, 'Letters');
  const latin = Buffer.from('phone_number,name\n+12125550001,Jörg Müller\n+12125550002,Straße\n', 'latin1');
  const report = await add(panel, 'letters.csv', latin);
  const letters = panel.getByLabel(form.file.letters);
  await expect(letters).toContainText('Jörg Müller');
  await expect(report.getByText('Hi Jörg Müller.')).toBeVisible();
  const field = panel.getByRole('combobox', { name: form.file.encoding });
  await field.click();
  const cyrillic = page.getByRole('option', { name: /Cyrillic \(Windows-1251\)/ });
  await expect(cyrillic).toContainText('Jцrg');
  await page.screenshot({ path: test.info().outputPath('encodings.png') });
  await cyrillic.click();
  await expect(letters).toContainText('Jцrg Mьller');
  await expect(report.getByText('Hi Jцrg Mьller.')).toBeVisible();
});

test('rejected rows are shown by cause, downloaded, mended and added again', async ({ page, world }) => {
  await world.lineUp();
  const panel = await openPanel(page, 'Mended');
  const file = 'name,phone_number,city\nJordan,+12125550001,Rom\n"Lee, Ann",+12125550002 ext 5,Köln\nWei,1.41556E+10,Bonn\nKim,2125550003,Ulm\n';
  const report = await add(panel, 'june.csv', file);
  await expect(report).toContainText(check.rejected('3', false));
  await report.getByRole('button', { name: /Extension or service code: 1 row$/ }).click();
  await expect(report.getByText('+12125550002 ext 5')).toBeVisible();
  await report.getByRole('button', { name: /Rounded by a spreadsheet: 1 row$/ }).click();
  await expect(report.getByText('1.41556E+10')).toBeVisible();
  await report.getByRole('button', { name: /No country code: 1 row$/ }).click();
  await page.screenshot({ path: test.info().outputPath('rejected.png'), fullPage: true });
  await report.getByRole('button', { name: check.chooseCountry }).click();
  await expect(panel.getByRole('combobox', { name: form.file.country })).toBeFocused();
  await page.keyboard.press('Escape');

  const download = page.waitForEvent('download');
  await report.getByRole('button', { name: check.downloadCsv }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('june-rejected.csv');
  const rejected = await readFile(await saved.path(), 'utf8');
  expect(rejected.split('\r\n')[0]).toBe('\ufeffposition,phone_number,failed_parsing_reason,name,city,failed_parsing_cause,failed_parsing_help');
  expect(rejected).toContain('3,\'+12125550002 ext 5,malformed_number,"Lee, Ann",Köln,extension,');

  await panel.getByRole('button', { name: form.save, exact: true }).click();
  await expect(heading(page, 'Mended')).toBeVisible();
  const id = /batch_\w+/.exec(page.url())?.[0] ?? '';
  expect(`\ufeff${await world.api.text(`/v1/batch-calls/${id}/rejections.csv`)}`).toBe(rejected);
  await page.getByRole('tab', { name: words.tabs.rejections }).click();
  await expect(page.getByText('row 3: “+12125550002 ext 5”')).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('batch-rejections.png'), fullPage: true });

  const again = await openPanel(page, 'The rest');
  const mended = rejected.replace(' ext 5', '').replace('1.41556E+10', '+12125550004').replace(',2125550003', ',+12125550003');
  const second = await add(again, 'june-rejected.csv', mended);
  await expect(second).toContainText(check.accepted('3', false));
  await expect(second).toContainText(check.noneRejected);
  await expect(second.getByText('Hi Lee, Ann.')).toBeVisible();
});

test('rejected rows are a workbook, which comes back as it is', async ({ page, world }) => {
  await world.lineUp();
  const panel = await openPanel(page, 'A workbook');
  const report = await add(panel, 'june.csv', 'name,phone_number,plan\nJordan,+12125550001,1\nGröße,2125550002,007\n');
  const download = page.waitForEvent('download');
  await report.getByRole('button', { name: check.downloadAll, exact: true }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('june-rejected.xlsx');
  const workbook = await readFile(await saved.path());

  await panel.getByRole('button', { name: form.save, exact: true }).click();
  await expect(heading(page, 'A workbook')).toBeVisible();
  await page.getByRole('tab', { name: words.tabs.rejections }).click();
  const kept = page.waitForEvent('download');
  await page.getByRole('link', { name: words.rejections.download, exact: true }).click();
  expect((await kept).suggestedFilename()).toBe('A workbook rejected rows.xlsx');

  const again = await openPanel(page, 'The rest');
  const second = await add(again, 'june-rejected.xlsx', workbook);
  await expect(second.getByText(check.rejected('1', true))).toBeVisible();
  const country = again.getByRole('combobox', { name: form.file.country });
  await country.fill('United States');
  await page.getByRole('option', { name: /United States/ }).first().click();
  await expect(second).toContainText(check.accepted('1', true));
  await expect(second.getByText('Hi Größe.')).toBeVisible();
});

test('columns without a name are chosen by their letters', async ({ page, world }) => {
  await world.lineUp();
  const panel = await openPanel(page, 'Nameless');
  const report = await add(panel, 'nameless.csv', 'id;;;city\n1;Jordan;+12125550001;Rom\n2;Lee;+12125550002;Ulm\n');
  await report.getByRole('button', { name: check.take([check.takeColumn('Column C')]) }).click();
  await expect(panel.getByRole('combobox', { name: form.file.numbers })).toHaveValue('Column C');
  await choose(page, report.getByRole('combobox', { name: check.columnFor('name') }), 'Column B');
  await expect(report).toContainText(check.accepted('2', false));
  await expect(report.getByText('Hi Jordan.')).toBeVisible();
});
