import type { Locator } from '@playwright/test';

/**
 * Scrolls from the beginning to the end of an element, a step a frame. Tells how long the longest task
 * of the page was meanwhile, in milliseconds; 0 when none took 50.
 */
export async function longestTaskOfScrolling(frame: Locator, steps: number): Promise<number> {
  return frame.evaluate(async (element, count) => {
    let longest = 0;
    const note = (tasks: PerformanceEntryList) => {
      for (const { duration } of tasks) longest = Math.max(longest, duration);
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: 'longtask' });
    const nextFrame = () => new Promise(requestAnimationFrame);
    for (let step = 0; step <= count; step += 1) {
      element.scrollTo(0, (element.scrollHeight * step) / count);
      await nextFrame();
    }
    // The task of the last step is told when it is over.
    await nextFrame();
    note(observer.takeRecords());
    observer.disconnect();
    return longest;
  }, steps);
}
