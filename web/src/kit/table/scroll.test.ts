import { describe, expect, it } from 'vitest';
import { rowAfterKey } from './rowKeys';
import { scrollScale, tallest } from './scrollScale';

describe('the scroll bar', () => {
  it('is as high as a list that a browser can lay out', () => {
    expect(scrollScale(34_000, 600)).toEqual({ bar: 34_000, scale: 1 });
  });

  it('reaches the last row of a list that is higher', () => {
    const list = 1_000_000 * 34;
    const { bar, scale } = scrollScale(list, 600);
    expect(bar).toBe(tallest);
    expect((bar - 600) * scale).toBeCloseTo(list - 600);
  });
});

describe('the keys of a table', () => {
  it.each([
    ['ArrowDown', 9, 9],
    ['ArrowDown', 3, 4],
    ['ArrowUp', 0, 0],
    ['PageDown', 2, 7],
    ['PageUp', 7, 2],
    ['Home', 7, 0],
    ['End', 2, 9],
  ])('%s leads from row %i to %i', (key, row, next) => {
    expect(rowAfterKey(key, row, 10, 5)).toBe(next);
  });

  it('are no others', () => {
    expect(rowAfterKey('x', 1, 10, 5)).toBeUndefined();
  });
});
