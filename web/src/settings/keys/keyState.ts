import type { ApiKeyView } from '@/kit/api';

/** `expiring`: it opens things for a week at most. */
export type KeyState = 'active' | 'expiring' | 'revoked' | 'expired';

const WEEK_MS = 7 * 86_400_000;

/** Whether a key still opens anything. */
export function keyState({ revoked_at, expires_at }: Pick<ApiKeyView, 'revoked_at' | 'expires_at'>, now: number): KeyState {
  if (revoked_at) return 'revoked';
  const left = expires_at ? Date.parse(expires_at) - now : Infinity;
  if (left <= 0) return 'expired';
  return left <= WEEK_MS ? 'expiring' : 'active';
}

/** When a key made now expires; undefined for never (no days). */
export function expiry(days: string, now: number): string | undefined {
  return days === '' ? undefined : new Date(now + Number(days) * 86_400_000).toISOString();
}
