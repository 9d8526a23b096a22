import { describe, expect, it } from 'vitest';
import { expiry, keyState } from './keyState';

const now = Date.parse('2026-11-23T12:00:00Z');

describe('the state of a key', () => {
  it('is revoked before it is expired', () => {
    expect(keyState({ revoked_at: '2026-11-20T00:00:00Z', expires_at: '2026-11-21T00:00:00Z' }, now)).toBe('revoked');
  });

  it('is expired from the very instant on', () => {
    expect(keyState({ revoked_at: null, expires_at: '2026-11-23T12:00:00Z' }, now)).toBe('expired');
    expect(keyState({ revoked_at: null, expires_at: '2026-11-23T12:00:01Z' }, now)).toBe('expiring');
    expect(keyState({}, now)).toBe('active');
  });

  it('warns a week before', () => {
    expect(keyState({ revoked_at: null, expires_at: '2026-11-30T12:00:00Z' }, now)).toBe('expiring');
    expect(keyState({ revoked_at: null, expires_at: '2026-11-30T12:00:01Z' }, now)).toBe('active');
  });
});

describe('an expiry', () => {
  it('is so many days from now, or never', () => {
    expect(expiry('7', now)).toBe('2026-11-30T12:00:00.000Z');
    expect(expiry('', now)).toBeUndefined();
  });
});
