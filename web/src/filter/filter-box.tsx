/**
 * The one box that narrows a list: completes fields and values at the caret, and shows what the API
 * did not understand in its place.
 *
 * A combobox after the ARIA pattern with a list that never takes the focus. Written here because
 * the kit's replace the whole text, and this one completes a term in the middle of it.
 */
import { CircleAlert, Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { Problem } from '@/api/problem';
import { classes } from '@/ui/classes';
import { Inert } from '@/ui/inert';
import { type Completion, complete, completions, faultAt, typing } from './grammar';
import { useKnownValues } from './known-values';

/** Longest filter that the API takes. */
const LENGTH_MAX = 1_024;

/** What the API says of a filter; nothing where it speaks of something else. */
export function filterFault(problem: Problem | undefined): string | undefined {
  return problem?.fields.find(({ field }) => field === 'filter')?.reason;
}

export function FilterBox(props: {
  label: string;
  /** The filter that stands, as the address has it. */
  value: string;
  onChange: (text: string) => void;
  /** Why the one that stands is none. */
  fault?: string | undefined;
  /** Checks of the rows on screen, to be completed. */
  checks?: readonly string[];
}) {
  const { value, onChange, fault } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState(value);
  const [caret, setCaret] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const put = useRef<number>(undefined);
  // A new address (back, a link, a choice beside the box) is a new text.
  useEffect(() => {
    setText(value);
    setActive(-1);
  }, [value]);
  useLayoutEffect(() => {
    if (put.current === undefined) return;
    input.current?.setSelectionRange(put.current, put.current);
    put.current = undefined;
  });
  useLayoutEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const known = useKnownValues(open ? typing(text, caret) : NOTHING, props.checks ?? []);
  const offered = open ? completions(text, caret, known) : [];
  const isOpen = offered.length > 0;
  const commit = (next: string) => {
    setOpen(false);
    if (next.trim() !== value) onChange(next.trim());
  };
  const take = (each: Completion) => {
    const next = complete(text, each);
    setText(next.text);
    setCaret(next.caret);
    setActive(-1);
    put.current = next.caret;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = offered[active];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setOpen(true);
      const last = offered.length - 1;
      if (event.key === 'ArrowDown') setActive((nth) => (nth >= last ? 0 : nth + 1));
      else setActive((nth) => (nth <= 0 ? last : nth - 1));
    } else if (event.key === 'Enter' && chosen && isOpen) take(chosen);
    else if (event.key === 'Enter') return commit(text);
    else if (event.key === 'Escape' && isOpen) setOpen(false);
    else return;
    event.preventDefault();
  };
  // The API spoke of the text that stands, not of the one being typed.
  const place = fault !== undefined ? faultAt(value, fault) : undefined;

  return (
    <div className="grid w-full min-w-0 gap-1.5">
      <div className="relative">
        <Search
          size={15}
          aria-hidden
          className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-muted"
        />
        <input
          ref={input}
          type="text"
          inputMode="search"
          enterKeyHint="search"
          role="combobox"
          data-filter
          aria-label={props.label}
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={fault !== undefined}
          aria-describedby={fault !== undefined ? `${id}-fault` : undefined}
          placeholder="severity>=high state:new asset:*.example.com"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={LENGTH_MAX}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setActive(-1);
            setOpen(true);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onClick={() => setOpen(true)}
          onKeyDown={onKeyDown}
          onBlur={() => commit(text)}
          className="min-h-9 w-full rounded-md border border-line-strong bg-surface py-1.5 pr-3 pl-8 font-mono text-[0.8125rem] aria-[invalid=true]:border-danger"
        />
        <div
          ref={list}
          id={`${id}-list`}
          role="listbox"
          aria-label={`Completions of ${props.label.toLowerCase()}`}
          hidden={!isOpen}
          className="absolute top-full right-0 left-0 z-30 mt-1 max-h-72 max-w-xl overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-xl"
        >
          {offered.map((each, nth) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the box, which names the active one
            // biome-ignore lint/a11y/useKeyWithClickEvents: arrows and Enter in the box do the same
            <div
              key={each.text}
              id={`${id}-${nth}`}
              role="option"
              aria-selected={nth === active}
              // The box keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(each)}
              className={classes(
                'flex min-h-7 cursor-pointer flex-wrap items-baseline justify-between gap-x-3 rounded-md px-2.5 py-1 text-sm',
                nth === active ? 'bg-accent-tint' : 'hover:bg-sunken',
              )}
            >
              <span className="font-mono text-[0.8125rem] break-all">
                <Inert>{each.text}</Inert>
              </span>
              {each.says && (
                <span className="text-[0.8125rem] text-ink-muted">
                  <Inert>{each.says}</Inert>
                </span>
              )}
            </div>
          ))}
        </div>
      </div>
      {fault !== undefined && (
        <div role="alert" id={`${id}-fault`} className="grid gap-1 text-sm text-danger">
          <p className="flex items-start gap-1.5 font-medium">
            <CircleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />
            {place ? `At character ${place.from + 1}: ${fault}` : fault}
          </p>
          {place && (
            <code className="font-mono text-[0.8125rem] break-all text-ink">
              {value.slice(0, place.from)}
              <mark className="bg-mark text-ink underline decoration-danger decoration-wavy">
                {value.slice(place.from, place.to)}
              </mark>
              {value.slice(place.to)}
            </code>
          )}
        </div>
      )}
    </div>
  );
}

/** While the list is closed nothing is asked for. */
const NOTHING = { typed: '', from: 0, to: 0 };
