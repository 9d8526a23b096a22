import { describe, expect, it } from 'vitest';
import { rowWords } from './rowWords';

describe('the rows of a reason', () => {
  it('are all named while they are few', () => {
    expect(rowWords([7], 1)).toBe('row 7');
    expect(rowWords([2, 3, 1200], 3)).toBe('rows 2, 3, 1,200');
  });

  it('are counted when they are many', () => {
    const rows = Array.from({ length: 20 }, (_, index) => index + 2);
    expect(rowWords(rows, 500)).toBe('rows 2, 3, 4, 5, 6, 7, 8, 9 and 492 more');
  });
});
