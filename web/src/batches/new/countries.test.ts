import { expect, it } from 'vitest';
import { countryOptions } from './countries';

it('knows countries by name, and none twice', () => {
  const options = countryOptions();
  expect(options).toContainEqual({ value: 'US', label: 'United States' });
  expect(options).toContainEqual({ value: 'DE', label: 'Germany' });
  const codes = options.map(({ value }) => value);
  for (const gone of ['DD', 'SU', 'UK', 'EU', 'ZZ']) expect(codes).not.toContain(gone);
  expect(new Set(options.map(({ label }) => label)).size).toBe(options.length);
  expect(codes.length).toBeGreaterThan(240);
});
