import { expect, it } from 'vitest';
import { choose, matchColumns, valuesOf } from './matching';

const nothing = { missing: [], near_misses: [], unused: [] };

it('lays placeholders beside columns, troubles first', () => {
  const report = { missing: ['customer_name', 'day'], near_misses: [{ placeholder: 'customer_name', column: 'Customer_Name' }], unused: [] };
  const file = { columns: ['phone_number', 'Customer_Name', 'account'], chosen: {} };
  expect(matchColumns(['city', 'account', 'customer_name', 'day', 'from_number'], file, { city: 'Rome' }, report)).toEqual([
    { placeholder: 'customer_name', kind: 'near', column: 'Customer_Name' },
    { placeholder: 'day', kind: 'missing' },
    { placeholder: 'city', kind: 'default', value: 'Rome' },
    { placeholder: 'account', kind: 'column' },
  ]);
});

it('lists what the server misses and this page cannot see', () => {
  const report = { missing: ['x'], near_misses: [], unused: [] };
  expect(matchColumns([], { columns: ['phone_number'], chosen: {} }, {}, report)).toEqual([{ placeholder: 'x', kind: 'missing' }]);
});

it('prefers what was chosen to a column, and a column to a default', () => {
  expect(matchColumns(['x'], { columns: ['x'], chosen: {} }, { x: '1' }, nothing)).toEqual([{ placeholder: 'x', kind: 'column' }]);
  expect(matchColumns(['x'], { columns: ['x', 'y'], chosen: { x: 'y' } }, { x: '1' }, nothing)).toEqual([{ placeholder: 'x', kind: 'chosen', column: 'y' }]);
});

it('shows a choice that another file does not have', () => {
  expect(matchColumns([], { columns: ['a'], chosen: { day: 'Datum' } }, {}, nothing)).toEqual([{ placeholder: 'day', kind: 'chosen', column: 'Datum' }]);
});

it('chooses, and takes back', () => {
  expect(choose({ a: 'x' }, 'b', 'y')).toEqual({ a: 'x', b: 'y' });
  expect(choose({ a: 'x', b: 'y' }, 'b', 'b')).toEqual({ a: 'x' });
  expect(choose({ a: 'x' }, 'a', null)).toEqual({});
});

it('fills placeholders from the columns that were chosen', () => {
  expect(valuesOf({ Datum: 'Monday', day: 'x' }, { day: 'Datum', gone: 'Nothing' })).toEqual({ Datum: 'Monday', day: 'Monday' });
});
