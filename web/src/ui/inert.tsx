/**
 * Text that somebody else controls: banners, headers, certificates, titles of scanned pages.
 *
 * React escapes it; this also keeps it from reordering what stands around it (bidi isolation),
 * shows control characters instead of obeying them, and never makes a link of it.
 */
import type { ReactNode } from 'react';
import { HIDDEN, type Range } from './secrets';

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

/** Where `marks` occur in `text`, in order, without overlap. */
export function spans(
  text: string,
  marks: readonly string[],
): { text: string; marked: boolean; at: number }[] {
  const found: [start: number, end: number][] = [];
  for (const mark of marks) {
    if (mark === '') continue;
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) {
      found.push([at, at + mark.length]);
    }
  }
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const parts: { text: string; marked: boolean; at: number }[] = [];
  let done = 0;
  for (const [start, end] of found) {
    if (start < done) continue;
    if (start > done) parts.push({ text: text.slice(done, start), marked: false, at: done });
    parts.push({ text: text.slice(start, end), marked: true, at: start });
    done = end;
  }
  if (done < text.length) parts.push({ text: text.slice(done), marked: false, at: done });
  return parts;
}

/** What is shown of a part from `at` on, with a stand-in for each range that is hidden. */
function Part(props: { text: string; at: number; hidden: readonly Range[] }) {
  const pieces: ReactNode[] = [];
  let done = 0;
  for (const [start, end] of props.hidden) {
    const from = Math.max(start - props.at, done);
    const to = Math.min(end - props.at, props.text.length);
    if (from >= to) continue;
    pieces.push(props.text.slice(done, from), <Hidden key={start} />);
    done = to;
  }
  return (
    <>
      {pieces}
      {props.text.slice(done)}
    </>
  );
}

/** Stands where a secret is not shown. */
export function Hidden() {
  return (
    <span className="rounded bg-info-tint px-1 text-ink-muted">
      <span aria-hidden>{HIDDEN}</span>
      <span className="sr-only">hidden value</span>
    </span>
  );
}

/** A block of foreign text, with the parts that matter marked and `hidden` ones covered. */
export function InertBlock(props: {
  text: string;
  marks?: readonly string[];
  /** Ranges of the text as it is made visible. */
  hidden?: readonly Range[];
  label: string;
}) {
  const text = visible(props.text);
  const hidden = props.hidden ?? [];
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={props.label}
      className="max-h-96 overflow-auto rounded-lg border border-line bg-sunken p-3"
    >
      <pre
        dir="ltr"
        className="font-mono text-[0.8125rem] break-all whitespace-pre-wrap [unicode-bidi:isolate]"
      >
        {spans(text, (props.marks ?? []).map(visible)).map((part) =>
          part.marked ? (
            <mark key={part.at}>
              <Part {...part} hidden={hidden} />
            </mark>
          ) : (
            <Part key={part.at} {...part} hidden={hidden} />
          ),
        )}
      </pre>
    </section>
  );
}
