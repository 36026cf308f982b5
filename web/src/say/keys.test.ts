import { expect, it } from 'vitest';
import { keyState } from './keys';

const now = Date.parse('2026-11-21T12:00:00Z');
const key = (more: object) => ({
  created_at: '2026-11-01T00:00:00Z',
  last_used_at: null,
  expires_at: null,
  revoked_at: null,
  ...more,
});

it.each([
  [{}, 'works'],
  [{ expires_at: '2026-11-21T11:59:59Z' }, 'expired'],
  [{ expires_at: '2026-11-22T00:00:00Z' }, 'works'],
  [{ revoked_at: '2026-11-02T00:00:00Z', expires_at: '2026-11-03T00:00:00Z' }, 'revoked'],
  [{ created_at: '2026-01-01T00:00:00Z' }, 'unused'],
  [{ created_at: '2026-01-01T00:00:00Z', last_used_at: '2026-11-20T00:00:00Z' }, 'works'],
])('a key that is %o %s', (more, state) => {
  expect(keyState(key(more), now)).toBe(state);
});
