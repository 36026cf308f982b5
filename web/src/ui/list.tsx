/** What every list does: wait, fail, be empty, show rows, load more, walk by `j` and `k`. */
import type { ReactNode } from 'react';
import { Button } from './button';
import { ProblemNotice } from './problem-notice';
import { Waiting } from './screen';

interface Pages {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
}

/** The states of a list around its rows; `children` shows them once there are any. */
export function ListOf<T>(props: {
  what: string;
  query: Pages;
  items: readonly T[];
  empty: ReactNode;
  children: ReactNode;
}) {
  const { query } = props;
  if (query.isPending) return <Waiting what={props.what} />;
  if (query.isError && props.items.length === 0)
    return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  if (props.items.length === 0) return props.empty;
  return (
    <div className="grid gap-3">
      {props.children}
      {query.isError && <ProblemNotice error={query.error} retry={() => void query.refetch()} />}
      <div className="flex items-center justify-center gap-3 text-sm text-ink-muted">
        {query.hasNextPage ? (
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? 'Loading…' : 'Load more'}
          </Button>
        ) : (
          <span>{props.items.length} shown, that is all of them.</span>
        )}
      </div>
    </div>
  );
}

/** A table that scrolls by itself on narrow screens. */
export function Table(props: {
  label: string;
  head: readonly string[];
  /** How many rows there are, where not all are in the document. */
  rows?: number;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={`${props.label}, scrolls sideways`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="relative overflow-x-auto rounded-xl border border-line bg-surface"
    >
      <table
        aria-label={props.label}
        // The head is a row, too.
        aria-rowcount={props.rows === undefined ? undefined : props.rows + 1}
        className="w-full border-collapse text-left text-sm"
      >
        <thead className="border-b border-line text-[0.8125rem] text-ink-muted">
          <tr>
            {props.head.map((name) => (
              <th key={name} scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
                {name || <span className="sr-only">What can be done</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line [&_td]:px-3 [&_td]:py-(--row-gap) [&_td]:align-top [&_tr:focus-within]:bg-accent-tint [&_tr:hover]:bg-sunken">
          {props.children}
        </tbody>
      </table>
    </section>
  );
}
