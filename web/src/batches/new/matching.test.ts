import { expect, it } from 'vitest';
import { matchColumns } from './matching';

it('lays placeholders beside columns, troubles first', () => {
  const report = { missing: ['customer_name', 'day'], near_misses: [{ placeholder: 'customer_name', column: 'Customer_Name' }], unused: [] };
  expect(matchColumns(['city', 'account', 'customer_name', 'day', 'from_number'], ['phone_number', 'Customer_Name', 'account'], { city: 'Rome' }, report)).toEqual([
    { placeholder: 'customer_name', kind: 'near', column: 'Customer_Name' },
    { placeholder: 'day', kind: 'missing' },
    { placeholder: 'city', kind: 'default', value: 'Rome' },
    { placeholder: 'account', kind: 'column' },
  ]);
});

it('lists what the server misses and this page cannot see', () => {
  expect(matchColumns([], ['phone_number'], {}, { missing: ['x'], near_misses: [], unused: [] })).toEqual([{ placeholder: 'x', kind: 'missing' }]);
});

it('prefers a column to a default', () => {
  expect(matchColumns(['x'], ['x'], { x: '1' }, { missing: [], near_misses: [], unused: [] })).toEqual([{ placeholder: 'x', kind: 'column' }]);
});
