import { describe, expect, it } from 'vitest';
import { asked, complete, completions, faultAt, terms, typing, withAsked } from './grammar';

describe('terms', () => {
  it('are read with their place, and words in quotes stay whole', () => {
    const text = 'severity>=high -state:fixed "git repository"';
    expect(
      terms(text).map(({ field, sign, value, without }) => [field, sign, value, without]),
    ).toEqual([
      ['severity', '>=', 'high', false],
      ['state', ':', 'fixed', true],
      [undefined, '', '"git repository"', false],
    ]);
    for (const { from, to, text: own } of terms(text)) expect(text.slice(from, to)).toBe(own);
  });
});

describe('choices beside the box', () => {
  it('write into it, and leave the rest as it is', () => {
    const text = 'shop -state:fixed state:open';
    expect(asked(text, 'state')).toBe('open');
    expect(withAsked(text, 'state', 'open,unresponsive')).toBe(
      'shop -state:fixed state:open,unresponsive',
    );
    expect(withAsked(text, 'severity', '>=high')).toBe(`${text} severity>=high`);
    expect(withAsked(text, 'state', '')).toBe('shop -state:fixed');
    expect(asked('severity>=high', 'severity')).toBe('>=high');
  });
});

describe('completing', () => {
  const offered = (text: string, caret = text.length, known = {}) =>
    completions(text, caret, known).map((each) => each.text);

  it('offers the fields that are not there yet', () => {
    expect(offered('')).toContain('severity:');
    expect(offered('s')).toEqual(['severity:', 'state:', 'score:', 'sla:', 'since:']);
    expect(offered('state:open s')).toEqual(['severity:', 'score:', 'sla:', 'since:']);
    expect(offered('-st')).toEqual(['state:']);
  });

  it('offers the values of a field, also after a comma and a comparison', () => {
    expect(offered('severity>=')).toEqual(['critical', 'high', 'medium', 'low', 'info']);
    expect(offered('state:open,fi')).toEqual(['fixed']);
    expect(offered('check:git', 9, { check: [{ value: 'http.git_config' }] })).toEqual([
      'http.git_config',
    ]);
  });

  it('puts what was taken in the place of what was typed', () => {
    const text = 'severity>=hi state:open';
    const [first] = completions(text, 12);
    expect(first && complete(text, first)).toEqual({
      text: 'severity>=high state:open',
      caret: 14,
    });
    const [field] = completions('sev', 3);
    expect(field && complete('sev', field)).toEqual({ text: 'severity:', caret: 9 });
    const [last] = completions('state:un', 8);
    expect(last && complete('state:un', last).text).toBe('state:unresponsive ');
  });

  it('knows what is typed under the caret', () => {
    expect(typing('asset:a,bc,d x', 9)).toEqual({ field: 'asset', typed: 'b', from: 8, to: 10 });
    expect(typing('"git re', 7)).toMatchObject({ typed: '"git re' });
  });
});

describe('the term at fault', () => {
  const at = (text: string, reason: string) => {
    const place = faultAt(text, reason);
    return place && text.slice(place.from, place.to);
  };
  it.each([
    ['state:open sate:new', '"sate" is no field; there are severity, state', 'sate:new'],
    ['state:open state:new', 'state is there twice; separate its values with commas', 'state:new'],
    ['-severity:low severity>=hgih', 'severity: expected one of critical', 'severity>=hgih'],
    ['port:x', 'port: expected 443 or 8000-8999', 'port:x'],
    ['git "open', 'text: a double quote is opened and not closed', '"open'],
    ['a', 'a filter has at most 1024 bytes', undefined],
  ])('of %s is found', (text, reason, term) => {
    expect(at(text, reason)).toBe(term);
  });
});
