import { encode } from 'uqr';
import { expect, it } from 'vitest';
import { modulesPath } from './qr-code';

it('draws every dark module and no light one', () => {
  expect(
    modulesPath([
      [true, false],
      [false, true],
    ]),
  ).toBe('M0 0h1v1h-1zM1 1h1v1h-1z');
});

it('fits the address of an authenticator app', () => {
  const { data, size } = encode(
    `otpauth://totp/Watchtower:${'a'.repeat(254)}?secret=${'A'.repeat(32)}`,
  );
  expect(data).toHaveLength(size);
  expect(modulesPath(data)).toContain('M1 1h1v1h-1z');
});
