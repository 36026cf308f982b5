/** Short notices that something happened; they don't take the focus. */
import { Toast as Base } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { asProblem } from '@/api/problem';

/** One manager for the whole app, so that code outside components can speak too. */
const manager = Base.createToastManager();

/** Milliseconds in which something can be undone. */
const UNDO_MS = 10_000;

/** Says that something worked, and offers one thing to do about it. */
export function say(title: string, offer?: { name: string; act: () => void }): void {
  if (!offer) {
    manager.add({ title });
    return;
  }
  const id = manager.add({
    title,
    timeout: UNDO_MS,
    actionProps: {
      children: offer.name,
      onClick: () => {
        manager.close(id);
        offer.act();
      },
    },
  });
}

/** Says that something did not work, with the id to quote and to copy. */
export function sayProblem(error: unknown): void {
  const problem = asProblem(error);
  const quote = problem.requestId ? ` (request ${problem.requestId})` : '';
  manager.add({
    title: problem.message,
    description: `${problem.advice}${quote}`.trim(),
    type: 'problem',
    timeout: 12_000,
    priority: 'high',
    ...(problem.requestId && {
      actionProps: {
        children: 'Copy id',
        onClick: () => void navigator.clipboard.writeText(problem.requestId),
      },
    }),
  });
}

function List() {
  const { toasts } = Base.useToastManager();
  return toasts.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      className="flex items-start justify-between gap-3 rounded-lg border border-line-strong bg-surface p-3 shadow-xl data-[type=problem]:border-danger"
    >
      <Base.Content className="grid gap-0.5">
        <Base.Title className="text-sm font-medium first-letter:uppercase" />
        <Base.Description className="text-[0.8125rem] text-ink-muted" />
      </Base.Content>
      <Base.Action className="min-h-6 rounded px-1.5 text-sm font-medium text-accent underline empty:hidden" />
      <Base.Close aria-label="Dismiss" className="rounded p-0.5 text-ink-muted hover:bg-sunken">
        <X size={16} aria-hidden />
      </Base.Close>
    </Base.Root>
  ));
}

export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Base.Provider toastManager={manager}>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-50 grid w-[min(24rem,calc(100vw-2rem))] gap-2">
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}
