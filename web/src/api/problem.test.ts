import { describe, expect, it } from 'vitest';
import { asProblem, Problem, problemFrom } from './problem';

describe('a refusal', () => {
  it('keeps the request id so that it can be quoted', () => {
    const response = new Response('', { status: 422, headers: { 'x-request-id': 'req_1' } });
    const problem = problemFrom(
      { code: 'asset.invalid', detail: 'no', fields: [{ field: 'value', reason: 'not a name' }] },
      response,
    );
    expect(problem).toMatchObject({ status: 422, code: 'asset.invalid', requestId: 'req_1' });
    expect(problem.byField()).toEqual({ value: 'not a name' });
  });

  it('is said in words when a proxy answered with a page', () => {
    const problem = problemFrom('<html>502</html>', new Response('', { status: 502 }));
    expect(problem.message).not.toContain('<html>');
    expect(problem.code).toBe('web.unreadable_answer');
  });

  it('leads to what its code means, if the API has a page of it', () => {
    const of = (code: string) => new Problem(422, { code }).page();
    expect(of('asset.invalid')).toBe('/docs/errors/asset.invalid');
    expect(of('web.unknown')).toBeUndefined();
    expect(of('../../asset.invalid')).toBeUndefined();
  });

  it('is told apart from silence', () => {
    expect(problemFrom(undefined, undefined).code).toBe('web.no_answer');
    expect(asProblem(new TypeError('boom')).message).toBe('boom');
  });
});
