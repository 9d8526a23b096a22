import type { Page } from '@playwright/test';

/** A row of the table in docs/dev/performance.md. */
export function tell(what: string, figure: string, wanted: string): void {
  console.log(`| ${what} | ${figure} | | | ${wanted} |`);
}

/** "p50 12 ms, p99 40 ms". */
export function spread(values: readonly number[]): string {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => ms(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}`;
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

/** A text that appeared on the page, and the seconds since the epoch of the frame that showed it. */
export interface Sight {
  text: string;
  at: number;
}

declare global {
  var sights: Sight[];
  /** Milliseconds from the beginning until the page could be used. */
  var ready: Promise<number>;
}

/** From now on notes each text that appears in what a selector finds. */
export async function watchTexts(page: Page, selector: string): Promise<void> {
  await page.evaluate((wanted) => {
    const seen = new Set<string>();
    globalThis.sights = [];
    const look = () => {
      const at = (performance.timeOrigin + performance.now()) / 1000;
      for (const element of document.querySelectorAll<HTMLElement>(wanted)) {
        const text = element.innerText;
        if (seen.has(text)) continue;
        seen.add(text);
        globalThis.sights.push({ text, at });
      }
    };
    const changes = new MutationObserver(() => requestAnimationFrame(look));
    changes.observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
  }, selector);
}

export async function sights(page: Page): Promise<Sight[]> {
  return page.evaluate(() => globalThis.sights);
}

/**
 * On each page from now on, notes when a link with some words is there and the page is free to react
 * to a click on it.
 */
export async function noteWhenReady(page: Page, words: string): Promise<void> {
  await page.addInitScript((wanted) => {
    globalThis.ready = new Promise((tell) => {
      const changes = new MutationObserver(() => {
        const links = [...document.querySelectorAll('main a')];
        if (!links.some((link) => link.textContent === wanted)) return;
        changes.disconnect();
        requestAnimationFrame(() => setTimeout(() => tell(performance.now())));
      });
      changes.observe(document, { subtree: true, childList: true });
    });
  }, words);
}

/** Megabytes of the page's objects after garbage was collected. */
export async function heap(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  await devtools.detach();
  return usedSize / 1e6;
}
