/** A block of text that somebody else controls: what matters in it marked, what is a secret covered. */
import type { ReactNode } from 'react';
import { visible } from './inert';
import { HIDDEN, type Range } from './secrets';

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
