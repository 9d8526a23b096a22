import { app } from '@/text/en/app';
import { expect, test } from './support/test';

test.use({ signedIn: false });

test('a key signs in, stays out of the page, and can be signed out', async ({ page, world }) => {
  await page.goto('/phone-numbers');
  await page.getByLabel(app.signIn.label, { exact: true }).fill(world.key);
  await page.getByRole('button', { name: app.signIn.submit }).click();
  await expect(page.getByRole('heading', { level: 1, name: app.pages.numbers })).toBeVisible();

  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: app.pages.numbers })).toBeVisible();
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
  expect(kept).not.toContain(world.key.split(':')[1]);

  await page.getByRole('button', { name: app.account.label('default') }).click();
  await page.getByRole('menuitem', { name: app.account.signOut }).click();
  await expect(page.getByLabel(app.signIn.label, { exact: true })).toBeVisible();
  await page.goto('/calls');
  await expect(page.getByLabel(app.signIn.label, { exact: true })).toBeVisible();
});

test('a wrong key is refused with words and may be corrected', async ({ page, world }) => {
  await page.goto('/');
  const field = page.getByLabel(app.signIn.label, { exact: true });
  await field.fill('nonsense');
  await field.press('Enter');
  await expect(page.getByText(app.signIn.empty)).toBeVisible();
  await field.fill('key_0000000000000000:0000');
  await field.press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();

  await field.fill(world.key);
  await field.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: app.pages.batches })).toBeVisible();
});

test('an address with a key opens signed in and forgets the key', async ({ page, world }) => {
  await page.goto(`/#key=${world.key}`);
  await expect(page.getByRole('heading', { level: 1, name: app.pages.batches })).toBeVisible();
  expect(page.url()).not.toContain('key=');
  await page.goBack();
  expect(page.url()).not.toContain('key=');
});
