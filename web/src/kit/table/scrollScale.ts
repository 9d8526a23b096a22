/**
 * Browsers cannot lay out an element as high as a million rows (Firefox gives up at 17.9 million
 * pixels). A list above `tallest` gets a scroll bar of that height, and each pixel of it stands for
 * `scale` pixels of the list.
 */
export const tallest = 12_000_000;

export interface ScrollScale {
  /** Height of what the browser scrolls. */
  bar: number;
  /** List pixels for each scroll bar pixel. */
  scale: number;
}

export function scrollScale(list: number, viewport: number): ScrollScale {
  if (list <= tallest) return { bar: list, scale: 1 };
  return { bar: tallest, scale: (list - viewport) / (tallest - viewport) };
}
