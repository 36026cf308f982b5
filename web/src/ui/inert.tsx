/**
 * Text that somebody else controls: banners, headers, certificates, titles of scanned pages.
 *
 * React escapes it; this also keeps it from reordering what stands around it (bidi isolation),
 * shows control characters instead of obeying them, and never makes a link of it.
 */

/**
 * C0 and C1 controls except tab and newline, bidi controls, zero-width characters, the Hangul and
 * Mongolian blanks, interlinear marks, halves of characters.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text with unseen characters spelled out, as `␛` or `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(UNSEEN, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** A short foreign text within a line. */
export function Inert({ children }: { children: string }) {
  return <bdi>{visible(children)}</bdi>;
}
