/** Nothing to show: why, and the one thing to do about it. */
import type { ReactNode } from 'react';

export function EmptyState(props: { title: string; why: ReactNode; action?: ReactNode }) {
  return (
    <div className="grid justify-items-center gap-2 rounded-xl border border-dashed border-line-strong px-6 py-12 text-center">
      <p className="text-base font-semibold">{props.title}</p>
      <p className="max-w-prose text-sm text-ink-muted">{props.why}</p>
      {props.action && <div className="mt-2">{props.action}</div>}
    </div>
  );
}
