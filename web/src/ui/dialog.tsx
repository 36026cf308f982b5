/** A question that must be answered before going on; focus is held inside and given back. */
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, useLayoutEffect } from 'react';

export function Dialog(props: {
  open: boolean;
  onClose: () => void;
  title: string;
  says?: ReactNode;
  children: ReactNode;
}) {
  useGiveBack(props.open);
  return (
    <Base.Root open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/45" />
        <Base.Popup className="fixed top-[10vh] left-1/2 z-50 grid max-h-[80vh] w-[min(34rem,calc(100vw-2rem))] -translate-x-1/2 gap-4 overflow-y-auto rounded-xl border border-line bg-surface p-5 shadow-2xl">
          <div className="flex items-start justify-between gap-4">
            <Base.Title className="text-lg font-semibold">{props.title}</Base.Title>
            <Base.Close aria-label="Close" className="rounded p-1 text-ink-muted hover:bg-sunken">
              <X size={18} aria-hidden />
            </Base.Close>
          </div>
          {props.says !== undefined && (
            <Base.Description className="text-sm text-ink-muted">{props.says}</Base.Description>
          )}
          {props.children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Gives the focus back to who had it, also where the dialog is taken out of the page at once. */
function useGiveBack(open: boolean): void {
  useLayoutEffect(() => {
    if (!open) return;
    const opener = document.activeElement;
    return () => {
      requestAnimationFrame(() => {
        const isLost = document.activeElement === document.body;
        if (isLost && opener instanceof HTMLElement) opener.focus();
      });
    };
  }, [open]);
}
