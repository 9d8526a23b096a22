import { expect, it } from 'vitest';
import { sentence } from './sentence';

it('makes a sentence of what the server says', () => {
  expect(sentence('the file is not text')).toBe('The file is not text.');
  expect(sentence('Is it?')).toBe('Is it?');
});
