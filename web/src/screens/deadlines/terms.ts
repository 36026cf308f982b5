/** Terms as a form has them, and clocks as people read them. */
import type { NewSlaTerms } from '@/client';
import { SEVERITIES } from '@/say/words';

/** What was filled in; a field without a number asks nobody for anything. */
export function termsOf(form: FormData): NewSlaTerms {
  const number = (name: string) => {
    const text = String(form.get(name) ?? '').trim();
    return text === '' ? undefined : Number(text);
  };
  const days = SEVERITIES.flatMap((severity) => {
    const term = number(severity);
    return term === undefined ? [] : [[severity, term] as const];
  });
  const kev = number('kev_days');
  return { days: Object.fromEntries(days), ...(kev !== undefined && { kev_days: kev }) };
}

const SAYS = {
  breached: 'Overdue',
  within: 'Within time',
  paused: 'Clock stopped: accepted, or called wrong',
  none: 'No clock',
} as const;

/** How many clocks stand how, the worst first. */
export function clocks(by: Readonly<Record<string, number>>) {
  return (Object.keys(SAYS) as (keyof typeof SAYS)[]).map((sla) => ({
    sla,
    says: SAYS[sla],
    many: by[sla] ?? 0,
  }));
}
