import { expect, it } from 'vitest';
import { readState, writeState } from './useUrlState';

const defaults = { q: '', status: [], page: 1, new: false, sort: 'created_at' } as const;
const read = (search: string) => readState(defaults, new URLSearchParams(search));
const write = (search: string, change: Parameters<typeof writeState<typeof defaults>>[2]) =>
  writeState(defaults, new URLSearchParams(search), change).toString();

it('is the defaults when the address says nothing', () => {
  expect(read('')).toEqual(defaults);
});

it('reads each kind of value from the address', () => {
  expect(read('q=June+2026&status=running,paused&page=3&new=true&sort=name')).toEqual({
    q: 'June 2026',
    status: ['running', 'paused'],
    page: 3,
    new: true,
    sort: 'name',
  });
});

it('takes the default for a number that is none', () => {
  expect(read('page=x').page).toBe(1);
  expect(read('page=').page).toBe(1);
});

it('leaves what equals its default out of the address', () => {
  expect(write('page=3&status=running', { page: 1, status: [] })).toBe('');
});

it('changes what is given and keeps the rest, also what belongs to others', () => {
  expect(write('q=June&open=recipient_1', { page: 2 })).toBe('q=June&open=recipient_1&page=2');
});

it('reads back what it wrote', () => {
  const state = { q: 'a=b&c, "d"', status: ['draft'], page: 7, new: true, sort: '-name' };
  expect(read(write('', state))).toEqual(state);
});
