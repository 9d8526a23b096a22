import type { ApiKeyView } from '@/kit/api';

export type KeyState = 'active' | 'revoked' | 'expired';

/** Whether a key still opens anything. */
export function keyState({ revoked_at, expires_at }: Pick<ApiKeyView, 'revoked_at' | 'expires_at'>, now: number): KeyState {
  if (revoked_at) return 'revoked';
  return expires_at && Date.parse(expires_at) <= now ? 'expired' : 'active';
}

/** When a key made now expires; undefined for never (no days). */
export function expiry(days: string, now: number): string | undefined {
  return days === '' ? undefined : new Date(now + Number(days) * 86_400_000).toISOString();
}
