import type { Locator, Page } from '@playwright/test';
import { app } from '@/text/en/app';
import { list } from '@/text/en/batches';
import { check } from '@/text/en/fileCheck';
import { form } from '@/text/en/newBatch';
import { heading, startQuestion, stateOf } from './support/pages';
import { fileOf, whoAnswer } from './support/people';
import { expect, test } from './support/test';

test('a batch is made with the keyboard only', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/batch-calls');
  await tabTo(page, page.getByRole('main').getByRole('link', { name: list.newBatch }).first());
  await page.keyboard.press('Enter');
  const panel = page.getByRole('dialog', { name: form.title });
  await expect(panel.getByLabel(form.basics.name)).toBeFocused();
  await page.keyboard.type('By keyboard');

  const chooser = page.waitForEvent('filechooser');
  await tabTo(page, panel.getByRole('button', { name: form.file.drop }));
  await page.keyboard.press('Enter');
  await (await chooser).setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(fileOf(whoAnswer(2))) });
  await expect(panel.getByText(check.accepted('2', false))).toBeVisible();

  const hours = panel.getByRole('switch', { name: form.hours.on });
  await tabTo(page, hours);
  await page.keyboard.press('Space');
  await expect(hours).not.toBeChecked();
  await tabTo(page, panel.getByLabel(form.retry.max));
  await page.keyboard.press('ArrowUp');
  await expect(panel.getByLabel(form.retry.max)).toHaveValue('1');
  const voicemail = panel.getByRole('checkbox', { name: form.retry.on_voicemail });
  await tabTo(page, voicemail);
  await page.keyboard.press('Space');
  await expect(voicemail).toBeChecked();

  await tabTo(page, panel.getByRole('button', { name: form.saveAndStart }));
  await page.keyboard.press('Enter');
  // A key pressed twice calls nobody: Cancel has the focus.
  await expect(startQuestion(page).getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(heading(page, 'By keyboard')).toBeVisible();
  await expect(stateOf(page, 'completed')).toBeVisible();
});

test('the palette leads anywhere, and Escape closes what is open', async ({ page }) => {
  await page.goto('/batch-calls');
  await expect(heading(page, app.pages.batches)).toBeVisible();
  await page.keyboard.press('Control+k');
  await expect(page.getByPlaceholder(app.palette.placeholder)).toBeFocused();
  await page.keyboard.type('Call Hist');
  await page.keyboard.press('Enter');
  await expect(heading(page, app.pages.calls)).toBeVisible();

  await page.keyboard.press('g');
  await page.keyboard.press('b');
  await expect(heading(page, app.pages.batches)).toBeVisible();
  await page.keyboard.press('n');
  await expect(page.getByRole('dialog', { name: form.title })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: form.title })).toBeHidden();
});

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let presses = 0; presses < 80; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the focus never comes there');
}
