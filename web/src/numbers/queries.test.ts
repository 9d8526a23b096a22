import { describe, expect, it } from 'vitest';
import { defaultNumber } from './queries';

const number = (id: string) => ({ id, phone_number: `+1415555${id}`, label: '', created_at: '2026-11-23T19:48:06Z' });
const numbers = [number('0100'), number('0101')];

describe('the default number', () => {
  it('is the chosen one', () => {
    expect(defaultNumber(numbers, { default_phone_number_id: '0101' })?.id).toBe('0101');
  });

  it('is the first one until one is chosen', () => {
    expect(defaultNumber(numbers, { default_phone_number_id: null })?.id).toBe('0100');
    expect(defaultNumber(numbers, undefined)?.id).toBe('0100');
    expect(defaultNumber([], undefined)).toBeUndefined();
  });
});
