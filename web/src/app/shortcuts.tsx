/**
 * Single keys: off inside inputs, under dialogs, with modifiers, and where a person switched them
 * off (WCAG 2.1.4). `?` lists them. A control answers to a key by carrying `data-key`.
 */
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Dialog } from '@/ui/dialog';
import { usePreference } from './preferences';
import { useOrg } from './session';

/** After `g`, the next key within this time (milliseconds) chooses the screen. */
const CHORD_MS = 1_200;

const SHEET: readonly (readonly [part: string, keys: readonly (readonly [string, string])[]])[] = [
  [
    'Lists',
    [
      ['j / k', 'next / previous row'],
      ['Enter', 'open the row'],
      ['x', 'select the row'],
      ['Shift x', 'select up to the row'],
      ['/', 'filter the list'],
    ],
  ],
  [
    'An exposure',
    [
      ['j / k', 'next / previous of the list you came from'],
      ['f', 'I am fixing it'],
      ['v', 'verify the fix'],
      ['a', 'assign it'],
      ['s', 'accept the risk until a date'],
    ],
  ],
  [
    'Anywhere',
    [
      ['Ctrl K or ⌘ K', 'find anything'],
      ['g c', 'Changes'],
      ['g e', 'Exposures'],
      ['g f', 'Fixes'],
      ['g a', 'Assets'],
      ['g s', 'Scans'],
      ['g g', 'Graph'],
      ['?', 'this sheet'],
    ],
  ],
];

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      ['TEXTAREA', 'SELECT'].includes(target.tagName) ||
      (target instanceof HTMLInputElement && target.type !== 'checkbox'))
  );
}

const rowOf = (at: Element | null) =>
  at?.closest('tr, li')?.querySelector<HTMLElement>('[data-row]');

/** Puts the focus on the next or previous `data-row` link. */
function walk(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const row = rowOf(document.activeElement);
  const here = row ? rows.indexOf(row) : -1;
  const next = here < 0 ? (step === 1 ? 0 : rows.length - 1) : here + step;
  rows[next]?.focus();
}

/** Selects the row the focus is in, as a click with or without Shift would. */
function select(shiftKey: boolean): void {
  const box = document.activeElement
    ?.closest('tr, li')
    ?.querySelector<HTMLInputElement>('input[data-select]');
  box?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey }));
}

export function Shortcuts() {
  const org = useOrg();
  const navigate = useNavigate();
  const isOn = usePreference('keys') === 'on';
  const [open, setOpen] = useState(false);
  const chord = useRef(0);

  useEffect(() => {
    if (!isOn) return;
    const go: Record<string, () => void> = {
      c: () => void navigate({ to: '/o/$org/changes', params: { org } }),
      e: () => void navigate({ to: '/o/$org/exposures', params: { org } }),
      f: () => void navigate({ to: '/o/$org/fixes', params: { org } }),
      a: () => void navigate({ to: '/o/$org/assets', params: { org } }),
      s: () => void navigate({ to: '/o/$org/scans', params: { org } }),
      g: () => void navigate({ to: '/o/$org/graph', params: { org } }),
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role=dialog], [role=menu]')) return;
      const isSecond = event.timeStamp - chord.current < CHORD_MS && chord.current > 0;
      chord.current = 0;
      const filter = document.querySelector<HTMLElement>('[data-filter]');
      const control = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]`);
      if (isSecond && go[event.key]) go[event.key]?.();
      else if (event.key === 'g') chord.current = event.timeStamp;
      else if (control) control.click();
      else if (event.key === 'j') walk(1);
      else if (event.key === 'k') walk(-1);
      else if (event.key.toLowerCase() === 'x') select(event.shiftKey);
      else if (event.key === '?') setOpen(true);
      else if (event.key === '/' && filter) filter.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, org, isOn]);

  return (
    <Dialog
      open={open}
      onClose={() => setOpen(false)}
      title="Keys"
      says="Single keys can be switched off in your profile."
    >
      {SHEET.map(([part, keys]) => (
        <section key={part} aria-label={part} className="grid gap-2">
          <h3 className="text-sm font-semibold">{part}</h3>
          <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-2 text-sm">
            {keys.map(([key, does]) => (
              <div key={key} className="contents">
                <dt>
                  <kbd className="rounded border border-line-strong bg-sunken px-1.5 py-0.5 font-mono text-xs">
                    {key}
                  </kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
