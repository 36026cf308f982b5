/** Rules in words, and as a form has them. */
import type { ScanWindowRule } from '@/client';

export type Day = ScanWindowRule['days'][number];

/** The days of a week, as requests and as people say them. */
export const DAYS = [
  ['mon', 'Mon'],
  ['tue', 'Tue'],
  ['wed', 'Wed'],
  ['thu', 'Thu'],
  ['fri', 'Fri'],
  ['sat', 'Sat'],
  ['sun', 'Sun'],
] as const satisfies (readonly [day: Day, says: string])[];

export const KINDS = [
  { value: 'window', name: 'Window', says: 'Scan only then.' },
  { value: 'blackout', name: 'Blackout', says: 'Never scan then.' },
] as const satisfies { value: ScanWindowRule['kind']; name: string; says: string }[];

/** `Mon–Fri`, `Sat, Sun`, `every day`: days in a row are said as a range from three on. */
export function daysSay(days: readonly Day[]): string {
  if (DAYS.every(([day]) => days.includes(day))) return 'every day';
  const rows: string[][] = [];
  let before = -2;
  DAYS.forEach(([day, says], at) => {
    if (!days.includes(day)) return;
    if (at === before + 1) rows.at(-1)?.push(says);
    else rows.push([says]);
    before = at;
  });
  return rows
    .map((row) => (row.length < 3 ? row.join(', ') : `${row[0]}–${row.at(-1)}`))
    .join(', ');
}

/** `22:00 to 06:00 the next day`. */
export function hoursSay({ from, to }: Pick<ScanWindowRule, 'from' | 'to'>): string {
  if (from === '00:00' && to === '24:00') return 'all day';
  if (to === '24:00' || to === '00:00') return `${from} to midnight`;
  return to > from ? `${from} to ${to}` : `${from} to ${to} the next day`;
}

/** The rule that was filled in. A day's end is midnight, which time fields know as its beginning. */
export function ruleOf(form: FormData, kind: ScanWindowRule['kind']): ScanWindowRule {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const to = text('to');
  return {
    kind,
    time_zone: text('time_zone'),
    days: DAYS.map(([day]) => day).filter((day) => form.getAll('days').includes(day)),
    from: text('from'),
    to: to === '00:00' ? '24:00' : to,
    asset_ids: form.getAll('asset_ids').map(String),
  };
}

/** What the API says about one of the rules (or of another list), by the fields of its form. */
export function about(
  errors: Readonly<Record<string, string>>,
  nth: number,
  list = 'rules',
): Record<string, string> {
  const prefix = `${list}.${nth}.`;
  return Object.fromEntries(
    Object.entries(errors).flatMap(([field, says]) =>
      field.startsWith(prefix) ? [[field.slice(prefix.length), says]] : [],
    ),
  );
}
