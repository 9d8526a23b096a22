import { expect, test } from 'vitest';
import { callQueryOf, defaults, isFiltered, typedNumber } from './filters';

test('nothing asks for everything', () => {
  expect(callQueryOf(defaults)).toEqual({});
  expect(isFiltered(defaults)).toBe(false);
});

test('the last day is wholly included', () => {
  const { from, to } = callQueryOf({ ...defaults, from: '2026-06-03', to: '2026-06-03' });
  expect(from).toBe(new Date(2026, 5, 3).toISOString());
  expect(to).toBe(new Date(2026, 5, 4).toISOString());
});

test('a number may be typed as people write it', () => {
  expect(typedNumber('+1 (415) 555-0101')).toBe('+14155550101');
  expect(callQueryOf({ ...defaults, number: '0101' })).toEqual({ number: '0101' });
});

test('what nobody can have chosen is left out', () => {
  expect(callQueryOf({ ...defaults, outcome: 'nice', batch: 'batch_x', reason: 'toString', from: 'today', cursor: '-1', number: 'abc' })).toEqual({});
});

test('another page of everything is not a filter', () => {
  expect(isFiltered({ ...defaults, cursor: '75' })).toBe(false);
  expect(isFiltered({ ...defaults, outcome: 'busy' })).toBe(true);
});

test('the ID of a call asks for that call, a number for its calls', () => {
  expect(callQueryOf({ ...defaults, number: ' d13a024ddc728093-k7d20xv9m41qa ' })).toEqual({ call_id: 'd13a024ddc728093-k7d20xv9m41qa' });
  expect(callQueryOf({ ...defaults, number: '(415) 555-0101' })).toEqual({ number: '4155550101' });
});
