import type { TrunkView, WorkspaceView } from '@/kit/api';
import { numbers } from '@/text/en/numbers';
import { audit } from '@/text/en/settings/audit';
import { keys } from '@/text/en/settings/keys';
import { limits } from '@/text/en/settings/limits';
import { nav } from '@/text/en/settings/nav';
import { privacy } from '@/text/en/settings/privacy';
import { suppressions } from '@/text/en/settings/suppressions';
import { telephony } from '@/text/en/settings/telephony';
import { webhooks } from '@/text/en/settings/webhooks';
import { goTo } from './support/pages';
import { caller } from './support/world';
import { expect, test } from './support/test';

test('a trunk and a number are added, and the trunk is tested', async ({ page, world }) => {
  await page.goto('/settings');
  await page.getByRole('button', { name: telephony.form.add }).first().click();
  const dialog = page.getByRole('dialog', { name: telephony.form.addTitle });
  await dialog.getByRole('textbox', { name: telephony.form.name, exact: true }).fill('Carrier');
  await dialog.getByLabel(telephony.form.host).fill('127.0.0.1');
  await dialog.getByLabel(telephony.form.port, { exact: true }).fill(String(world.carrier.port));
  await dialog.getByRole('button', { name: telephony.form.add }).click();
  await page.getByRole('button', { name: telephony.test.label('Carrier') }).click();
  await expect(page.getByText(/^Reached: 200/)).toBeVisible();

  await goTo(page, 'numbers');
  await page.getByRole('button', { name: numbers.add.button }).click();
  const add = page.getByRole('dialog', { name: numbers.add.title });
  await add.getByLabel(numbers.add.number).fill('+1 (415) 555-0100');
  await add.getByLabel(numbers.add.label).fill('Reception');
  await add.getByRole('button', { name: numbers.add.submit }).click();
  await expect(page.getByRole('table', { name: numbers.label })).toContainText('Reception');
  const { items } = await world.api.get<{ items: { phone_number: string }[] }>('/v1/phone-numbers');
  expect(items.map(({ phone_number }) => phone_number)).toEqual([caller]);
  expect((await world.api.get<{ items: TrunkView[] }>('/v1/trunks')).items[0]?.port).toBe(world.carrier.port);
});

test('limits, suppressions, keys and webhooks are kept, and stand in the audit log', async ({ page, world }) => {
  await page.goto('/settings');
  const section = (name: string) => page.getByRole('navigation', { name: nav.label }).getByRole('link', { name });

  await section(nav.pages.limits).click();
  await page.getByLabel(limits.workspace.label).fill('7');
  await page.getByRole('button', { name: limits.workspace.save }).click();
  await expect(page.getByText(limits.workspace.done('7', false))).toBeVisible();
  expect((await world.api.get<WorkspaceView>('/v1/workspace')).max_concurrent_calls).toBe(7);

  await section(nav.pages.suppressions).click();
  await page.getByRole('button', { name: suppressions.add.button }).click();
  const dialog = page.getByRole('dialog', { name: suppressions.add.title });
  await dialog.getByLabel(suppressions.add.number).fill('+12125550007');
  await dialog.getByLabel(suppressions.add.reason).fill('Asked by letter');
  await dialog.getByRole('button', { name: suppressions.add.submit }).click();
  await expect(page.getByRole('table', { name: suppressions.label })).toContainText('Asked by letter');

  await section(nav.pages.keys).click();
  await page.getByRole('button', { name: keys.make.button }).click();
  await page.getByLabel(keys.make.name).fill('Night shift');
  await page.getByRole('radio', { name: 'read' }).check();
  await page.getByRole('button', { name: keys.make.submit }).click();
  await expect(page.getByRole('dialog', { name: keys.make.secret })).toContainText(/key_[0-9a-f]+:/);
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(page.getByRole('table', { name: keys.label })).toContainText('Night shift');

  await section(nav.pages.webhooks).click();
  await page.getByRole('button', { name: webhooks.form.add }).first().click();
  const hook = page.getByRole('dialog', { name: webhooks.form.addTitle });
  await hook.getByLabel(webhooks.form.url).fill('https://example.com/hook');
  await hook.getByRole('button', { name: webhooks.form.add }).click();
  await expect(page.getByRole('dialog', { name: webhooks.secret.title })).toContainText('whsec_');
  await page.getByRole('dialog').getByRole('button').last().click();

  await section(nav.pages.audit).click();
  const log = page.getByRole('table', { name: audit.label });
  for (const what of ['workspace.updated', 'suppression.added', 'api_key.created', 'webhook.created']) {
    await expect(log.getByRole('row').filter({ hasText: audit.actions[what] ?? what }).first()).toBeVisible();
  }
});

test('batches are kept for some days, and a person is erased', async ({ page, world }) => {
  await page.goto('/settings/privacy');
  await page.getByLabel(privacy.keep.label).fill('90');
  await page.getByRole('button', { name: privacy.keep.save }).click();
  await expect(page.getByText(privacy.keep.done('90'))).toBeVisible();
  expect((await world.api.get<WorkspaceView>('/v1/workspace')).keep_batches_days).toBe(90);

  await page.getByRole('button', { name: privacy.erase.button }).click();
  const dialog = page.getByRole('dialog', { name: privacy.erase.title });
  await dialog.getByLabel(privacy.erase.number).fill('+1 (212) 555-0007');
  await dialog.getByLabel(privacy.erase.sure).check();
  await dialog.getByRole('button', { name: privacy.erase.submit }).click();
  await expect(page.getByText(privacy.erase.done)).toBeVisible();
  await expect(page.getByRole('table', { name: privacy.erasures.label })).toContainText(privacy.erasures.states.done);
  await expect(page.getByText('5550007')).toHaveCount(0);
});
