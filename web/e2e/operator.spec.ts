import type { GroupView, PhoneNumberView, TrunkView, WorkspaceView } from '@/kit/api';
import { numbers } from '@/text/en/numbers';
import { audit } from '@/text/en/settings/audit';
import { destinations } from '@/text/en/settings/destinations';
import { limits } from '@/text/en/settings/limits';
import { operator } from '@/text/en/settings/operator';
import { heading } from './support/pages';
import { expect, test } from './support/test';

interface Items<T> {
  items: T[];
}

test('an operator makes a workspace and gives it calls, a number, a trunk and destinations', async ({ page, world }) => {
  const carrier = { name: 'Big carrier', kind: 'managed', host: '127.0.0.1', port: world.carrier.port };
  const trunk = await world.api.post<TrunkView>('/v1/trunks', carrier);
  await page.goto('/settings/operator');
  await page.getByRole('button', { name: operator.workspaces.add }).click();
  const make = page.getByRole('dialog', { name: operator.workspaces.addTitle });
  await make.getByLabel(operator.workspaces.name).fill('acme');
  await make.getByRole('button', { name: operator.workspaces.create }).click();
  await expect(heading(page, 'acme')).toBeVisible();
  const { items } = await world.api.get<Items<WorkspaceView>>('/v1/operator/workspaces');
  const its = `/v1/operator/workspaces/${items.find(({ name }) => name === 'acme')?.id ?? ''}`;

  await page.getByLabel(limits.workspace.label).fill('7');
  await page.getByRole('button', { name: limits.workspace.save }).click();
  await expect.poll(async () => (await world.api.get<WorkspaceView>(its)).max_concurrent_calls).toBe(7);

  await page.getByRole('button', { name: numbers.give.button }).click();
  const give = page.getByRole('dialog', { name: numbers.give.title('acme') });
  await give.getByLabel(numbers.add.number).fill('+1 (415) 555-0177');
  await give.getByRole('button', { name: numbers.give.submit }).click();
  await expect(page.getByRole('table', { name: operator.workspace.numbers })).toContainText('Big carrier');
  const given = await world.api.get<Items<PhoneNumberView>>(`${its}/phone-numbers`);
  expect(given.items).toMatchObject([{ phone_number: '+14155550177', trunk_id: trunk.id }]);

  await page.getByPlaceholder(destinations.search).fill('Switzerland mobile');
  await page.getByRole('switch', { name: /^Switzerland, mobile/ }).click();
  await page.getByRole('button', { name: destinations.save }).last().click();
  await expect(page.getByText(destinations.saved)).toBeVisible();
  const enabled = async (path: string) => (await world.api.get<Items<GroupView>>(`${path}/network-groups?enabled=true`)).items.map(({ id }) => id);
  expect(await enabled(its)).toEqual(['ch-mobile']);
  expect(await enabled('/v1')).toEqual([]);

  await page.goto('/settings/operator');
  await page.getByRole('link', { name: operator.audit }).click();
  const log = page.getByRole('table', { name: audit.label });
  await expect(log.getByRole('row').filter({ hasText: 'acme' }).filter({ hasText: 'Destinations switched' })).toBeVisible();
  await page.getByText(audit.of.own, { exact: true }).click();
  await expect(log.getByRole('row').filter({ hasText: 'Destinations switched' })).toHaveCount(0);
});
