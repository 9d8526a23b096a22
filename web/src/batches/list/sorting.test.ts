import { expect, it } from 'vitest';
import { sortOf, sortingOf } from './sorting';

it('reads and writes the order of the list', () => {
  expect(sortingOf('-created_at')).toEqual([{ id: 'created_at', desc: true }]);
  for (const sort of ['name', '-name', '-created_at']) expect(sortOf(sortingOf(sort))).toBe(sort);
  expect(sortOf([])).toBe('-created_at');
});
