// Writes docs/images/batch.webp, the moving picture of the README: a batch of `campanile demo` in its own
// dashboard, ten times as quickly as life. Needs target/debug/campanile with the dashboard (make web, cargo build),
// chromium, and img2webp of Debian's package webp.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(import.meta.dirname, '..');
const { chromium } = createRequire(join(root, 'web/package.json'))('@playwright/test');

const PICTURE = join(root, 'docs/images/batch.webp');
const VIEWPORT = { width: 1120, height: 720 };
const FRAMES = 56;
/** From one frame to the next, in life and in the picture. */
const EVERY_MS = 1_000;
const SHOWN_MS = 110;
const LARGEST_BYTES = 1_500_000;

/** Starts the demo and gives the address of its page, signed in. */
async function demo() {
  const child = spawn(process.env.CAMPANILE_BIN ?? join(root, 'target/debug/campanile'), ['demo', '--listen', '127.0.0.1:0']);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('/#key=')) return { child, address: line.trim() };
  }
  throw new Error('the demo ended without an address');
}

const folder = mkdtempSync(join(tmpdir(), 'campanile-picture-'));
const { child, address } = await demo();
const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
try {
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light', locale: 'en-US' });
  let taken = 0;
  const take = async () => {
    await page.screenshot({ path: join(folder, `${String(taken).padStart(3, '0')}.png`) });
    taken += 1;
  };
  await page.goto(address);
  const batch = page.getByRole('link', { name: 'Appointment reminders' }).first();
  await batch.waitFor();
  await take();
  await batch.click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  while (taken < FRAMES) {
    await page.waitForTimeout(EVERY_MS);
    await take();
  }
} finally {
  await browser.close();
  child.kill('SIGKILL');
}
const frames = readdirSync(folder).sort().map((name) => join(folder, name));
execFileSync('img2webp', ['-loop', '0', '-min_size', '-lossy', '-q', '60', '-m', '4', '-d', String(SHOWN_MS), ...frames, '-o', PICTURE]);
rmSync(folder, { recursive: true });
const { size } = statSync(PICTURE);
if (size > LARGEST_BYTES) throw new Error(`${PICTURE} has ${size} bytes, more than ${LARGEST_BYTES}`);
console.log(`${PICTURE}: ${frames.length} frames, ${size} bytes`);
