import type { AgentWithVersion } from '@/kit/api';
import { agents } from '@/text/en/agents';
import { check } from '@/text/en/fileCheck';
import { form } from '@/text/en/newBatch';
import { heading, people } from './support/pages';
import { numberEnding } from './support/people';
import { expect, test } from './support/test';

const markup = '<img src="http://elsewhere.invalid/x.png" onerror="alert(1)">';
const formula = '=HYPERLINK("http://elsewhere.invalid","x")';
const placeholder = '{{phone_number}}';

const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
const values = [markup, formula, placeholder];
const file = ['phone_number,name', ...values.map((value, n) => `${numberEnding(n)},${quoted(value)}`)].join('\n') + '\n';

test('what looks like HTML, a formula or a placeholder is shown as the text that it is', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  page.on('dialog', (dialog) => {
    throw new Error(`a value of a cell ran: ${dialog.message()}`);
  });
  await page.goto('/batch-calls?new=true');
  const panel = page.getByRole('dialog', { name: form.title });
  await panel.getByLabel(form.basics.name).fill(markup);
  await panel.locator('input[type=file]').setInputFiles({ name: `${formula.slice(0, 10)}.csv`, mimeType: 'text/csv', buffer: Buffer.from(file) });
  const report = panel.getByRole('group', { name: check.title });
  await expect(report.getByText(markup)).toBeVisible();
  await report.getByRole('button', { name: check.next }).click();
  await expect(report.getByText(formula)).toBeVisible();
  await report.getByRole('button', { name: check.next }).click();
  await expect(report.getByText(`Hi ${placeholder}.`)).toBeVisible();
  await panel.getByRole('button', { name: form.save, exact: true }).click();

  await expect(heading(page, markup)).toBeVisible();
  for (const value of values) await expect(people(page).getByText(value, { exact: true })).toBeVisible();
  await people(page).getByText(markup).click();
  await expect(page.getByRole('dialog').getByText(markup)).toBeVisible();
  await page.goto('/batch-calls');
  await expect(page.getByRole('link', { name: markup })).toBeVisible();

  await world.api.patch<AgentWithVersion>(`/v1/agents/${agent}`, { name: markup });
  await page.goto(`/agents/${agent}`);
  await expect(heading(page, markup)).toBeVisible();
  await page.goto('/agents');
  await expect(page.getByRole('table', { name: agents.list.label }).getByText(markup)).toBeVisible();
});
