import { actions, list } from '@/text/en/batches';
import { control } from '@/text/en/control';
import { numberEnding } from './support/people';
import { expect, test } from './support/test';

test.beforeEach(async ({ page, world }) => {
  const { agent } = await world.lineUp();
  for (const name of ['June plan', 'June list', 'May']) await world.batch(agent, [numberEnding(8)], { name, start: 'false' });
  await page.goto('/batch-calls');
});

test('a search follows the typing and keeps the field', async ({ page }) => {
  const rows = page.getByRole('table', { name: list.label }).getByRole('row').filter({ hasText: /June|May/ });
  await expect(rows).toHaveCount(3);
  await page.getByRole('searchbox', { name: list.search }).click();
  await page.keyboard.type('June ');
  await expect(rows).toHaveCount(2);
  await expect(page).toHaveURL(/q=June$/);
  await page.keyboard.type('plan');
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/q=June\+plan$/);
  await page.getByRole('combobox', { name: list.status }).click();
  await page.getByRole('option', { name: 'Completed' }).click();
  await page.getByRole('button', { name: list.clear }).click();
  await expect(rows).toHaveCount(3);
  await expect(page.getByRole('searchbox', { name: list.search })).toHaveValue('');
});

test('the menu of a row does what its batch allows, by keyboard', async ({ page, world }) => {
  const menu = page.getByRole('button', { name: actions.menu('May') });
  await menu.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem')).toHaveText([
    control.actions.start,
    control.actions.edit,
    actions.duplicate,
    control.actions.report,
    actions.remove,
  ]);
  const first = page.getByRole('menuitem', { name: control.actions.start });
  await expect(first).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(menu).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(first).toBeFocused();
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem', { name: actions.remove })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: actions.removeTitle('May') }).getByRole('button', { name: actions.removeConfirm }).click();
  await expect(page.getByText(actions.removed('May'))).toBeVisible();
  await expect(menu).toHaveCount(0);
  const { items } = await world.api.get<{ items: { name: string }[] }>('/v1/batch-calls');
  expect(items.map(({ name }) => name)).toEqual(['June list', 'June plan']);
});
