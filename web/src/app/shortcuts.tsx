/** Single keys: off inside inputs and with modifiers; `?` lists them. */
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Dialog } from '@/ui/dialog';
import { useOrg } from './session';

/** After `g`, the next key within this time (milliseconds) chooses the screen. */
const CHORD_MS = 1_200;

const SHEET: readonly (readonly [keys: string, does: string])[] = [
  ['j / k', 'next / previous row'],
  ['Enter', 'open the row'],
  ['/', 'filter the list'],
  ['g c', 'Changes'],
  ['g e', 'Exposures'],
  ['g f', 'Fixes'],
  ['g a', 'Assets'],
  ['g s', 'Scans'],
  ['?', 'this sheet'],
];

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  );
}

/** Puts the focus on the next or previous `data-row` link. */
function walk(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const here = rows.indexOf(document.activeElement as HTMLElement);
  const next = here < 0 ? (step === 1 ? 0 : rows.length - 1) : here + step;
  rows[next]?.focus();
}

export function Shortcuts() {
  const org = useOrg();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const chord = useRef(0);

  useEffect(() => {
    const go: Record<string, () => void> = {
      c: () => void navigate({ to: '/o/$org/changes', params: { org } }),
      e: () => void navigate({ to: '/o/$org/exposures', params: { org } }),
      f: () => void navigate({ to: '/o/$org/fixes', params: { org } }),
      a: () => void navigate({ to: '/o/$org/assets', params: { org } }),
      s: () => void navigate({ to: '/o/$org/scans', params: { org } }),
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const isSecond = event.timeStamp - chord.current < CHORD_MS && chord.current > 0;
      chord.current = 0;
      const filter = document.querySelector<HTMLElement>('[data-filter]');
      if (isSecond && go[event.key]) go[event.key]?.();
      else if (event.key === 'g') chord.current = event.timeStamp;
      else if (event.key === 'j') walk(1);
      else if (event.key === 'k') walk(-1);
      else if (event.key === '?') setOpen(true);
      else if (event.key === '/' && filter) filter.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, org]);

  return (
    <Dialog open={open} onClose={() => setOpen(false)} title="Keys">
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-2 text-sm">
        {SHEET.map(([keys, does]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded border border-line-strong bg-sunken px-1.5 py-0.5 font-mono text-xs">
                {keys}
              </kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
