import { expect, it } from 'vitest';
import { fileSize } from './sizes';

it('says how large a file is', () => {
  expect(fileSize(0)).toBe('0 bytes');
  expect(fileSize(296)).toBe('296 bytes');
  expect(fileSize(24_300)).toBe('24 kB');
  expect(fileSize(12_340_000)).toBe('12.3 MB');
});
