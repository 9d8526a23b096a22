import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { app } from '@/text/en/app';
import { furnish, type Place } from './support/furniture';
import { goTo, heading } from './support/pages';
import { expect, test } from './support/test';

const pictures = 'e2e/artefacts/pages';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no page hides anything from anybody, ${colorScheme}`, async ({ page, world }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme });
    for (const place of await furnish(world)) await test.step(place.name, () => inspect(page, place, colorScheme));
  });
}

test('signing in hides nothing either', async ({ page }) => {
  await page.context().clearCookies();
  await inspect(page, { name: 'sign-in', path: '/' }, 'light');
});

test('every page fits on a screen of 390 pixels', async ({ page, world }) => {
  test.setTimeout(240_000);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const { name, path } of await furnish(world)) {
    await test.step(name, async () => {
      await open(page, path);
      await page.screenshot({ path: `${pictures}/narrow/${name}.png` });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect.soft(width, `the width of ${name}`).toBeLessThanOrEqual(390);
    });
  }
  await page.goto('/agents');
  await page.getByRole('button', { name: app.menu.open }).click();
  await goTo(page, 'calls');
  await expect(heading(page, app.pages.calls)).toBeVisible();
});

async function inspect(page: Page, { name, path }: Place, theme: string): Promise<void> {
  await open(page, path);
  await page.screenshot({ path: `${pictures}/${theme}/${name}.png` });
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const words = grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect.soft(words, `${name}, ${theme}`).toEqual([]);
}

/** Opens a page and waits until what it shows has come. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expect(page.locator('[class*="Skeleton"]:visible, [aria-busy]:visible')).toHaveCount(0);
}
