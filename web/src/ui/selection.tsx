/** Choosing rows of a list: one by one, up to a row with Shift, or all that are shown. */
import { type ReactNode, useRef, useState } from 'react';

export interface Selection {
  /** Those that are chosen and still in the list, in its order. */
  readonly chosen: readonly string[];
  has(key: string): boolean;
  toggle(key: string, upTo: boolean): void;
  all(): void;
  clear(): void;
}

/** What is chosen of `keys`; a row that left the list is chosen no more. */
export function useSelection(keys: readonly string[]): Selection {
  const [held, setHeld] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string>(undefined);
  return {
    chosen: keys.filter((key) => held.has(key)),
    has: (key) => held.has(key),
    toggle: (key, upTo) => {
      const next = new Set(held);
      const isChosen = !held.has(key);
      for (const each of upTo ? between(keys, last.current, key) : [key])
        if (isChosen) next.add(each);
        else next.delete(each);
      last.current = key;
      setHeld(next);
    },
    all: () => setHeld(new Set(keys)),
    clear: () => setHeld(new Set()),
  };
}

/** The keys from one to the other, both included, whichever comes first. */
export function between(keys: readonly string[], from: string | undefined, to: string): string[] {
  const ends = [keys.indexOf(from ?? to), keys.indexOf(to)];
  if (ends.includes(-1)) return [to];
  return keys.slice(Math.min(...ends), Math.max(...ends) + 1);
}

export function SelectBox(props: { selection: Selection; of: string; name: string }) {
  return (
    <input
      type="checkbox"
      data-select
      aria-label={`Select ${props.name}`}
      checked={props.selection.has(props.of)}
      onChange={(event) =>
        props.selection.toggle(props.of, (event.nativeEvent as MouseEvent).shiftKey === true)
      }
      className="size-4 accent-accent"
    />
  );
}

/** What can be done with the chosen; takes its place when something is chosen. */
export function SelectionBar(props: {
  selection: Selection;
  shown: number;
  /** Everything that matches, not only what is shown: what it is, once it was chosen. */
  everything?: ReactNode;
  onEverything?: () => void;
  onClear?: () => void;
  children: ReactNode;
}) {
  const { selection, shown, everything } = props;
  const count = selection.chosen.length;
  if (count === 0 && everything === undefined) return null;
  return (
    <section
      aria-label="Selected"
      data-no-print
      className="sticky bottom-2 z-10 flex flex-wrap items-center gap-2 rounded-lg border border-accent bg-surface p-2.5 text-sm shadow-lg"
    >
      <p role="status" className="mr-auto font-medium">
        {everything ?? `${count} selected`}
      </p>
      {everything === undefined && count < shown && (
        <TextButton onClick={selection.all}>Select all {shown} shown</TextButton>
      )}
      {everything === undefined && props.onEverything && (
        <TextButton onClick={props.onEverything}>Everything that matches</TextButton>
      )}
      {props.children}
      <TextButton
        onClick={() => {
          selection.clear();
          props.onClear?.();
        }}
      >
        Clear
      </TextButton>
    </section>
  );
}

function TextButton(props: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" onClick={props.onClick} className="min-h-7 px-2 text-accent underline">
      {props.children}
    </button>
  );
}
