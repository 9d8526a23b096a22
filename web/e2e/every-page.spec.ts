import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { app } from '@/text/en/app';
import { furnish, type Place } from './support/furniture';
import { goTo, heading } from './support/pages';
import { whoAnswer } from './support/people';
import { expect, test } from './support/test';

const pictures = 'e2e/artefacts/pages';

const themes = ['light', 'dark'] as const;
const wide = { width: 1280, height: 800 };
const narrow = { width: 390, height: 844 };

test('no page hides anything from anybody, light, dark or on a screen of 390 pixels', async ({ page, world }) => {
  test.setTimeout(360_000);
  for (const place of await furnish(world)) {
    await test.step(place.name, async () => {
      await open(page, place.path);
      for (const theme of themes) await inspect(page, place, theme);
      await squeeze(page, place);
    });
  }
});

test('signing in hides nothing either', async ({ page }) => {
  await page.context().clearCookies();
  await open(page, '/');
  for (const theme of themes) await inspect(page, { name: 'sign-in', path: '/' }, theme);
});

test('a narrow screen has the sidebar in a menu', async ({ page }) => {
  await page.setViewportSize(narrow);
  await page.goto('/agents');
  await page.getByRole('button', { name: app.menu.open }).click();
  await goTo(page, 'calls');
  await expect(heading(page, app.pages.calls)).toBeVisible();
});

test('nothing moves for those who asked for less motion', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const { id } = await world.batch(agent, whoAnswer(2));
  for (const path of ['/', `/batch-calls/${id}`, '/settings/telephony']) {
    await open(page, path);
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll('*')].filter((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element);
        return transitionDuration !== '0s' || animationName !== 'none';
      }).length,
    );
    expect(moving, path).toBe(0);
  }
});

/** Looks for what axe finds serious in a theme. */
async function inspect(page: Page, { name }: Place, theme: (typeof themes)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', theme);
  await page.screenshot({ path: `${pictures}/${theme}/${name}.png` });
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const words = grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect.soft(words, `${name}, ${theme}`).toEqual([]);
}

/** Looks whether the page fits on a narrow screen; it is wide and light again afterwards. */
async function squeeze(page: Page, { name }: Place): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(narrow);
  await page.screenshot({ path: `${pictures}/narrow/${name}.png` });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(width, `the width of ${name}`).toBeLessThanOrEqual(narrow.width);
  await page.setViewportSize(wide);
}

/** Opens a page and waits until what it shows has come. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expect(page.locator('[class*="Skeleton"]:visible, [aria-busy]:visible')).toHaveCount(0);
}
