/** A block of text that somebody else controls: what matters in it marked, what is covered said. */
import { Fragment } from 'react';
import { visible } from './inert';

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

/** Stands in what the service sends where it covered a value. */
export const HIDDEN = '••••••••';

/** A part, with what stands for hidden values told to who cannot see it. */
function Part({ text }: { text: string }) {
  const [first, ...rest] = text.split(HIDDEN);
  let at = first?.length ?? 0;
  return (
    <>
      {first}
      {rest.map((piece) => {
        at += HIDDEN.length + piece.length;
        return (
          <Fragment key={at}>
            <Hidden />
            {piece}
          </Fragment>
        );
      })}
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

/** A block of foreign text, with the parts that matter marked. */
export function InertBlock(props: { text: string; marks?: readonly string[]; label: string }) {
  const text = visible(props.text);
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
              <Part text={part.text} />
            </mark>
          ) : (
            <Part key={part.at} text={part.text} />
          ),
        )}
      </pre>
    </section>
  );
}
