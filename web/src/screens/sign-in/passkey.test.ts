import { describe, expect, it } from 'vitest';
import { browserProblem } from './passkey';

describe('what a browser refuses', () => {
  it('is said in words where it is known', () => {
    const cancelled = new Error('The operation either timed out or was not allowed.');
    cancelled.name = 'NotAllowedError';
    expect(browserProblem(cancelled).message).toMatch(/^No passkey was used/);
  });

  it('is kept as it is where it is not', () => {
    expect(browserProblem(new Error('new kind of no')).message).toBe('new kind of no');
    expect(browserProblem('no').code).toBe('web.passkey');
  });
});
