import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { app } from '@/text/en/app';
import { parts } from '@/text/en/parts';
import { Server } from './support/server';

test('the link of a server without a key makes one, shows it once, and signs in', async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'campanile-first-'));
  const server = await Server.start(folder);
  const read = () => readFile(join(folder, 'data', 'first-sign-in'), 'utf8').catch(() => '');
  await expect.poll(read).toContain(`${server.url}/#first=`);
  const link = (await read()).trim();

  await page.goto(link);
  const dialog = page.getByRole('dialog', { name: app.firstKey.title });
  const key = (await dialog.locator('code').textContent()) ?? '';
  expect(key).toMatch(/^key_[0-9a-f]+:[0-9a-f]{64}$/);
  expect(page.url()).not.toContain('first=');
  await dialog.getByRole('button', { name: parts.secret.done }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name: app.pages.batches })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: app.pages.batches })).toBeVisible();
  await expect(dialog).toBeHidden();

  // Opened again, by somebody else: the page says why not, and takes the key.
  await page.context().clearCookies();
  await page.goto('about:blank');
  await page.goto(link);
  await expect(page.getByRole('alert')).toBeVisible();
  const field = page.getByLabel(app.signIn.label, { exact: true });
  await field.fill(key);
  await field.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: app.pages.batches })).toBeVisible();

  await server.kill();
  await rm(folder, { recursive: true });
});
