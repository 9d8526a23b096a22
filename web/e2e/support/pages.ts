import type { Locator, Page } from '@playwright/test';
import type { BatchState, RecipientStatus } from '@/kit/api';
import { app } from '@/text/en/app';
import { batch } from '@/text/en/batch';
import { control } from '@/text/en/control';
import { kit } from '@/text/en/kit';
import { form } from '@/text/en/newBatch';

/** Goes to a page as a person does: by the sidebar. */
export async function goTo(page: Page, name: keyof typeof app.pages): Promise<void> {
  await page.getByRole('navigation', { name: app.navigation }).getByRole('link', { name: app.pages[name] }).click();
}

/** The heading of a page. */
export function heading(page: Page, name: string): Locator {
  return page.getByRole('heading', { level: 1, name, exact: true });
}

/** The state of the batch whose page is open, beside its name. */
export function stateOf(page: Page, state: BatchState): Locator {
  return page.getByRole('main').locator('header').getByText(kit.batchStates[state], { exact: true });
}

/** The button that shows how many people have a status. */
export function counter(page: Page, status: RecipientStatus): Locator {
  return page.getByRole('button', { name: new RegExp(`^[\\d,]+\\s*${kit.recipientStatuses[status]}$`) });
}

/** How many people have a status, as the page says. */
export async function count(page: Page, status: RecipientStatus): Promise<number> {
  const words = await counter(page, status).innerText();
  return Number.parseInt(words.replaceAll(',', ''), 10);
}

/** The table of the people of a batch. */
export function people(page: Page): Locator {
  return page.getByRole('grid', { name: batch.recipients.table });
}

/** The question before a batch is started, or scheduled. */
export function startQuestion(page: Page): Locator {
  return page.getByRole('dialog', { name: new RegExp(`^(${control.start.title}|${control.start.titleLater})`.replaceAll('?', '\\?')) });
}

/** Says yes to it. */
export async function confirmStart(page: Page): Promise<void> {
  await startQuestion(page)
    .getByRole('button', { name: /^(Call \d|Schedule)/ })
    .click();
}

/** People of tests are called at any hour: calling hours are the default of the panel. */
export async function atAnyHour(panel: Locator): Promise<void> {
  await panel.getByRole('switch', { name: form.hours.on }).uncheck();
}

/** A mark that is gone when the page is loaded again. */
export async function mark(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.dataset.marked = 'true';
  });
}

export async function isMarked(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.dataset.marked === 'true');
}
