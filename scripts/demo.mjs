// What the scripts that take pictures share: `campanile demo`, and a browser that is signed in to it.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const root = resolve(import.meta.dirname, '..');

const { chromium } = createRequire(join(root, 'web/package.json'))('@playwright/test');

/** Starts the demo and gives the address of its page, signed in. */
async function start() {
  const child = spawn(process.env.CAMPANILE_BIN ?? join(root, 'target/debug/campanile'), ['demo', '--listen', '127.0.0.1:0']);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('/#key=')) return { child, address: line.trim() };
  }
  throw new Error('the demo ended without an address');
}

/** Opens the demo's page and has `work` done with it. */
export async function withDemo(viewport, work) {
  const { child, address } = await start();
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
  try {
    const page = await browser.newPage({ viewport, colorScheme: 'light', locale: 'en-US', reducedMotion: 'reduce' });
    await page.goto(address);
    await work(page);
  } finally {
    await browser.close();
    child.kill('SIGKILL');
  }
}
