import { describe, expect, it } from 'vitest';
import { manyOf, oneOf, parseSearch, stringifySearch, textOf } from './url-search';

describe('the address bar', () => {
  it('shows lists as words separated by commas', () => {
    expect(stringifySearch({ type: ['NEW', 'CHANGED'], severity: 'high' })).toBe(
      '?type=NEW,CHANGED&severity=high',
    );
  });

  it('leaves out what is empty', () => {
    expect(stringifySearch({ type: [], q: '', run: undefined })).toBe('');
  });

  it('does not break on half a character', () => {
    expect(stringifySearch({ q: 'a\ud800b' })).toBe('?q=a%EF%BF%BDb');
  });

  it('keeps text that would end the query', () => {
    const written = stringifySearch({ q: 'a&b=c#d é' });
    expect(parseSearch(written)).toEqual({ q: 'a&b=c#d é' });
  });
});

describe('what somebody typed', () => {
  const known = ['low', 'high'] as const;
  it('falls back where a word is unknown', () => {
    expect(oneOf(known, 'extreme')).toBeUndefined();
    expect(manyOf(known, 'high,extreme,high')).toEqual(['high']);
    expect(manyOf(known, undefined)).toBeUndefined();
  });

  it('is bounded', () => {
    expect(textOf('x'.repeat(900))).toHaveLength(200);
    expect(textOf('   ')).toBeUndefined();
  });
});
