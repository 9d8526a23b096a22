import { agents } from '@/text/en/agents';
import { calls } from '@/text/en/calls';
import { heading } from './support/pages';
import { numberEnding } from './support/people';
import { expect, test } from './support/test';

test('an agent is written, published, tried on a phone, and changed in a new version', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/agents');
  await page.getByRole('button', { name: agents.create.button }).click();
  const create = page.getByRole('dialog', { name: agents.create.title });
  await create.getByLabel(agents.create.name).fill('Greeter');
  await create.getByLabel(agents.create.first, { exact: true }).fill('Hello {{name}}.');
  await create.getByRole('button', { name: agents.create.submit }).click();
  await expect(heading(page, 'Greeter')).toBeVisible();

  await page.getByLabel(agents.fields.first_message, { exact: true }).fill('Good day, {{name}}.');
  await page.getByRole('switch', { name: agents.editor.detection }).uncheck();
  await page.getByRole('button', { name: agents.editor.save }).click();
  await expect(page.getByText(agents.editor.saved)).toBeVisible();
  await page.getByRole('button', { name: agents.editor.publish }).click();
  await page.getByRole('dialog').getByRole('button', { name: agents.publish.confirm }).click();
  await expect(page.getByText(agents.publish.done(1))).toBeVisible();

  await test.step('call me now', async () => {
    await page.getByRole('button', { name: agents.page.call }).click();
    const panel = page.getByRole('dialog', { name: agents.test.title });
    await panel.getByLabel(agents.test.number).fill(numberEnding(7));
    await panel.getByLabel('name', { exact: true }).fill('Ada');
    await panel.getByRole('button', { name: agents.test.submit }).click();
    await expect(panel.getByText(agents.test.ended)).toBeVisible();
    await panel.getByRole('link', { name: agents.test.toCall }).click();
    await expect(page.getByRole('region', { name: calls.call.transcript })).toContainText('Good day, Ada.');
    expect((await world.carrier.records()).map(({ to }) => to)).toEqual([numberEnding(7)]);
    await page.goBack();
    await page.keyboard.press('Escape');
    await expect(panel).toBeHidden();
  });

  await page.getByRole('button', { name: agents.editor.newFrom(1) }).click();
  await page.getByLabel(agents.fields.first_message, { exact: true }).fill('Good evening, {{name}}.');
  await page.getByRole('button', { name: agents.editor.publish }).click();
  const publish = page.getByRole('dialog', { name: agents.publish.title(2) });
  await expect(publish).toContainText(agents.publish.against(1));
  await expect(publish).toContainText('evening');
  await publish.getByRole('button', { name: agents.publish.confirmSave }).click();
  await expect(page.getByText(agents.publish.done(2))).toBeVisible();
});
