import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { visible } from './inert';
import { InertBlock, spans } from './inert-block';

/** What a scanned host may send to hurt the reader. */
const HOSTILE = [
  '<script>window.hurt = 1</script>',
  '<img src=x onerror="window.hurt = 1">',
  '"><svg/onload=window.hurt=1>',
  'javascript:window.hurt=1',
  '[click](javascript:alert(1))',
  '\u202Egnp.exe',
  '\u001b]0;owned\u0007',
  '{{constructor.constructor("window.hurt=1")()}}',
  'a\u0000b',
  '\u200bhidden\u2066',
];

describe('foreign text', () => {
  it.each(HOSTILE)('stays text: %j', (text) => {
    const { container } = render(<InertBlock text={text} marks={[text]} label="Response" />);
    expect(container.querySelectorAll('script,img,svg,a,iframe')).toHaveLength(0);
    expect(screen.getByRole('region')).toHaveTextContent(visible(text).trim(), {
      normalizeWhitespace: false,
    });
    expect((window as { hurt?: number }).hurt).toBeUndefined();
  });

  it('spells out what cannot be seen', () => {
    expect(visible('a\u202Eb\u001bc\tok\r\n')).toBe('a⟨U+202E⟩b␛c\tok\n');
  });
});

describe('marks', () => {
  it('cover each occurrence once', () => {
    const parts = spans('abcabc', ['bc', 'b', '']);
    expect(parts.filter((part) => part.marked).map((part) => part.at)).toEqual([1, 4]);
    expect(parts.map((part) => part.text).join('')).toBe('abcabc');
  });
});
