/** The frame every screen hangs in: title, what can be done here, content. */
import { type ReactNode, useEffect } from 'react';
import { classes } from './classes';
import { visible } from './inert';

export function Screen(props: {
  title: string;
  says?: ReactNode;
  actions?: ReactNode;
  /** Shown in place of the plain title. */
  heading?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${visible(props.title)} · Watchtower`;
  }, [props.title]);
  return (
    <div
      className={classes(
        'mx-auto grid w-full grid-cols-[minmax(0,1fr)] gap-5',
        props.narrow ? 'max-w-3xl' : 'max-w-6xl',
      )}
    >
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="grid min-w-0 gap-1">
          <h1 className="text-xl font-semibold tracking-tight break-words">
            {props.heading ?? props.title}
          </h1>
          {props.says !== undefined && <div className="text-sm text-ink-muted">{props.says}</div>}
        </div>
        {props.actions !== undefined && <div className="flex flex-wrap gap-2">{props.actions}</div>}
      </div>
      {props.children}
    </div>
  );
}

/** A titled part of a screen. */
export function Card(props: {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section
      aria-label={props.title}
      className={classes(
        'grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3 rounded-xl border border-line bg-surface p-4',
        props.className,
      )}
    >
      {(props.title !== undefined || props.actions !== undefined) && (
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h2 className="text-[0.9375rem] font-semibold">{props.title}</h2>
          {props.actions}
        </div>
      )}
      {props.children}
    </section>
  );
}

/** Names and values. */
export function Facts(props: { rows: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
      {props.rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-muted">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Something is on its way; said to screen readers, quiet to the eye. */
export function Waiting({ what }: { what: string }) {
  return (
    <p role="status" className="animate-pulse py-8 text-center text-sm text-ink-muted">
      Reading {what}…
    </p>
  );
}
