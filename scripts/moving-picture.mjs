// Writes docs/images/batch.webp, the moving picture of the README: a batch of `campanile demo` in its own
// dashboard, ten times as quickly as life. Needs target/debug/campanile with the dashboard (make web, cargo build),
// chromium, and img2webp of Debian's package webp.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, withDemo } from './demo.mjs';

const PICTURE = join(root, 'docs/images/batch.webp');
const VIEWPORT = { width: 1120, height: 720 };
const FRAMES = 56;
/** From one frame to the next, in life and in the picture. */
const EVERY_MS = 1_000;
const SHOWN_MS = 110;
const LARGEST_BYTES = 1_500_000;

const folder = mkdtempSync(join(tmpdir(), 'campanile-picture-'));
await withDemo(VIEWPORT, async (page) => {
  let taken = 0;
  const take = async () => {
    await page.screenshot({ path: join(folder, `${String(taken).padStart(3, '0')}.png`) });
    taken += 1;
  };
  const batch = page.getByRole('link', { name: 'Appointment reminders' }).first();
  await batch.waitFor();
  await take();
  await batch.click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  while (taken < FRAMES) {
    await page.waitForTimeout(EVERY_MS);
    await take();
  }
});
const frames = readdirSync(folder).sort().map((name) => join(folder, name));
execFileSync('img2webp', ['-loop', '0', '-min_size', '-lossy', '-q', '60', '-m', '4', '-d', String(SHOWN_MS), ...frames, '-o', PICTURE]);
rmSync(folder, { recursive: true });
const { size } = statSync(PICTURE);
if (size > LARGEST_BYTES) throw new Error(`${PICTURE} has ${size} bytes, more than ${LARGEST_BYTES}`);
console.log(`${PICTURE}: ${frames.length} frames, ${size} bytes`);
