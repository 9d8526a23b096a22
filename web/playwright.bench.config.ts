import { defineConfig } from '@playwright/test';
import tests from './playwright.config';

/** What bench/web runs: figures, of which none is asserted. */
export default defineConfig({
  ...tests,
  testDir: 'e2e/bench',
  testMatch: '*.bench.ts',
  workers: 1,
  timeout: 0,
  expect: { timeout: 60_000 },
  reporter: [['dot']],
  use: { ...tests.use, trace: 'off' },
});
