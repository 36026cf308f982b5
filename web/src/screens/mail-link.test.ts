import { expect, it, vi } from 'vitest';
import { takeToken } from './mail-link';

const at = (hash: string) => ({ hash, pathname: '/reset-password' }) as Location;

it('takes the token out of the address', () => {
  const replaceState = vi.fn();
  const history = { state: null, replaceState } as unknown as History;
  expect(takeToken(at('#token=abc_1'), history)).toBe('abc_1');
  expect(replaceState).toHaveBeenCalledWith(null, '', '/reset-password');
});

it('finds nothing where nothing is', () => {
  const replaceState = vi.fn();
  const history = { state: null, replaceState } as unknown as History;
  expect(takeToken(at(''), history)).toBe('');
  expect(replaceState).not.toHaveBeenCalled();
});
