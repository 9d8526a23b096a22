import { expect, it } from 'vitest';
import { withoutFieldNames } from './fieldNames';

it('leaves out the names of fields, and nothing else', () => {
  expect(withoutFieldNames('Choose the country (default_country), or write + (plus).')).toBe('Choose the country, or write + (plus).');
  expect(withoutFieldNames('take row 3 as the header (header_row), and that column for the numbers (phone_column)')).toBe(
    'take row 3 as the header, and that column for the numbers',
  );
});
