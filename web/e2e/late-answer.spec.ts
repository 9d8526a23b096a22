import { batch as words } from '@/text/en/batch';
import { counter } from './support/pages';
import { whoAnswer } from './support/people';
import { expect, test } from './support/test';

test('an answer that was long on its way does not bring back old counts', async ({ page, world }) => {
  const { agent } = await world.lineUp({ max_calls: 2 });
  const { id } = await world.batch(agent, whoAnswer(30));
  await page.goto(`/batch-calls/${id}`);
  await expect(counter(page, 'in_progress')).toHaveText(/^2/);

  let [begun, late] = [0, 0];
  await page.route(`**/v1/batch-calls/${id}`, async (route) => {
    begun += 1;
    const answer = await route.fetch();
    const told: unknown = await answer.json();
    // Those that begin while calls go on arrive after the calls are over, and after the page was told so.
    await expect.poll(async () => (await world.show(id)).progress.in_progress).toBe(0);
    await expect(counter(page, 'in_progress')).toHaveText(/^0/, { timeout: 3_000 }).catch(() => undefined);
    await route.fulfill({ response: answer, json: told });
    late += 1;
  });
  await page.getByRole('button', { name: words.actions.pause }).click();
  await expect.poll(() => late).toBeGreaterThan(0);
  await expect.poll(() => begun - late).toBe(0);
  await expect(counter(page, 'in_progress')).toHaveText(/^0/);
});
