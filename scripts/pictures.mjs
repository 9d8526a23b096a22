// Writes the still pictures of docs/dashboard.md to docs/images: pages of `campanile demo` while it calls, in its own
// dashboard. Needs target/debug/campanile with the dashboard (make web, cargo build) and chromium.

import { join } from 'node:path';
import { root, withDemo } from './demo.mjs';

const VIEWPORT = { width: 1280, height: 800 };
/** How long the batch has run when it is shown. */
const CALLING_MS = 40_000;

/** People of a file with what goes wrong in files: a name of its own for a column, and numbers that are none. */
const FILE = [
  'customer_name,phone_number,appointment_date',
  ...Array.from({ length: 240 }, (_, n) => `${['Jordan Lee', 'Morgan Kim', 'Alex Rivera'][n % 3]},+1415555${1000 + n},June ${(n % 28) + 1}`),
  'Sam Poe,(415) 555-0142,June 3',
  'Kim Novak,+14155550143 ext. 5,June 4',
  'Lou Reyes,1.41556E+10,June 4',
  'Pat Moss,,June 5',
].join('\n');

await withDemo(VIEWPORT, async (page) => {
  const origin = new URL(page.url()).origin;
  const settled = async () => {
    await page.getByRole('heading').first().waitFor();
    await page.locator('[class*="Skeleton"]:visible').first().waitFor({ state: 'detached' });
  };
  const take = async (name) => {
    await settled();
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(root, `docs/images/${name}.png`) });
    console.log(`docs/images/${name}.png`);
  };
  const answer = async (path) => (await page.request.get(`${origin}/v1/${path}`)).json();

  await page.getByRole('link', { name: 'Appointment reminders' }).first().click();
  await page.waitForTimeout(CALLING_MS);
  await take('batch');

  const { items: batches } = await answer('batch-calls');
  const { items: calls } = await answer(`calls?batch_id=${batches[0].id}&outcome=completed&limit=20`);
  const call = calls.reduce((best, one) => ((one.talk_s ?? 0) > (best.talk_s ?? 0) ? one : best));
  await page.goto(`${origin}/batch-calls/${batches[0].id}?recipient=${call.recipient_id}`);
  await page.getByText('Transcript').first().waitFor();
  await take('recipient');
  await page.goto(`${origin}/calls/${call.call_id}`);
  await page.getByRole('heading', { name: 'SIP messages' }).waitFor();
  await take('call');

  const { items: agents } = await answer('agents');
  await page.goto(`${origin}/agents/${agents[0].id}`);
  await page.getByRole('heading', { name: 'Preview' }).waitFor();
  await take('agent');

  await page.goto(`${origin}/batch-calls?new=true`);
  const panel = page.getByRole('dialog', { name: 'New Batch' });
  await panel.locator('input[type=file]').setInputFiles({ name: 'june.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) });
  const day = panel.getByRole('combobox', { name: 'Column for {{day}}' });
  await day.click();
  await page.getByRole('option', { name: 'appointment_date' }).click();
  await panel.getByRole('button', { name: /Rounded by a spreadsheet: 1 row/ }).click();
  await panel.getByText('What people will hear').waitFor();
  await panel.getByRole('group', { name: 'Check of the file' }).evaluate((check) => check.scrollIntoView({ block: 'start' }));
  await take('new-batch');

  await page.goto(`${origin}/settings/telephony`);
  await page.getByRole('heading', { name: 'Destinations' }).waitFor();
  await page.getByText('Afghanistan').waitFor();
  await take('telephony');
});
