/** How an API key stands. */
import type { ApiKey } from '@/client';

/** A key that nobody used for so long is worth a question, days. */
export const DEAD_AFTER_DAYS = 90;
const DAY_MS = 86_400_000;

/** `unused` works, too, but nobody seems to need it. */
export type KeyState = 'works' | 'unused' | 'expired' | 'revoked';

export function keyState(
  key: Pick<ApiKey, 'revoked_at' | 'expires_at' | 'last_used_at' | 'created_at'>,
  now: number,
): KeyState {
  if (key.revoked_at) return 'revoked';
  if (key.expires_at && Date.parse(key.expires_at) <= now) return 'expired';
  const used = Date.parse(key.last_used_at ?? key.created_at);
  return now - used > DEAD_AFTER_DAYS * DAY_MS ? 'unused' : 'works';
}
