/**
 * The words of the filter grammar (docs/guides/filters.md) as the browser needs them: for
 * completing what somebody types, and for finding the term that the API did not understand. Whether
 * a text is a filter is decided by the API alone.
 */
import { DECISIONS, EVENT_TYPES, SEVERITIES, STATES } from '@/say/words';

/** A field of the grammar, with what it narrows by. */
export interface Field {
  readonly name: string;
  readonly says: string;
  /** Its words, where they are few and known. */
  readonly words?: readonly string[];
}

const STATE_WORDS = [
  ...new Set<string>([...STATES, ...EVENT_TYPES.map((type) => type.toLowerCase())]),
];

/** In the order in which they are offered: the most asked for first. */
export const FIELDS: readonly Field[] = [
  { name: 'severity', says: 'how bad: severity>=high', words: SEVERITIES },
  { name: 'state', says: 'where it stands, or what happened', words: STATE_WORDS },
  { name: 'score', says: 'how urgent: score>=70', words: ['90-100', '70-100', '40-69', '0-39'] },
  { name: 'kev', says: 'whether attacks are known', words: ['true', 'false'] },
  {
    name: 'sla',
    says: 'how its clock stands',
    words: ['breached', 'within', 'paused', 'none'],
  },
  { name: 'tag', says: 'what people marked', words: ['none'] },
  { name: 'asset', says: 'hosts, with * for anything' },
  { name: 'check', says: 'what saw it: tls.*' },
  { name: 'since', says: 'changed within a time', words: ['24h', '7d', '30d'] },
  { name: 'port', says: 'a port, or 8000-8999', words: ['22', '80', '443'] },
  {
    name: 'decision',
    says: 'what was decided',
    words: ['none', ...DECISIONS.filter((word) => !['request_verify', 'reopen'].includes(word))],
  },
  { name: 'assignee', says: 'who takes care of it', words: ['none'] },
  { name: 'cve', says: 'about a vulnerability: CVE-2021-44228' },
  { name: 'run', says: 'what a run changed' },
];

/** A term as it stands in the text. */
export interface Term {
  readonly text: string;
  /** Where it begins and ends in the text. */
  readonly from: number;
  readonly to: number;
  /** Absent for a word. */
  readonly field?: string;
  /** With a minus: leaves out. */
  readonly without: boolean;
  /** `:`, `>=` and so on; empty for a word. */
  readonly sign: string;
  readonly value: string;
}

const TERM = /"[^"]*"?|\S+/g;
const PARTS = /^(-?)([^:<>="]*)(:|>=|<=|=|>|<)(.*)$/s;

/** The terms of a text, as far as it can be read. */
export function terms(text: string): Term[] {
  return [...text.matchAll(TERM)].map((found) => {
    const [all] = found;
    const place = { text: all, from: found.index, to: found.index + all.length };
    const parts = PARTS.exec(all);
    if (!parts) return { ...place, without: false, sign: '', value: all };
    const [, minus, field = '', sign = '', value = ''] = parts;
    return { ...place, field: field.toLowerCase(), without: minus === '-', sign, value };
  });
}

/** The value of a field that is asked for, as it is written; its sign where it is not a colon. */
export function asked(text: string, field: string): string {
  const term = terms(text).find((each) => each.field === field && !each.without);
  return term ? `${term.sign === ':' ? '' : term.sign}${term.value}` : '';
}

/** The text with another value for a field; without one, the field goes. */
export function withAsked(text: string, field: string, value: string): string {
  const written = value === '' ? '' : `${field}${/^[<>=]/.test(value) ? '' : ':'}${value}`;
  const all = terms(text);
  const at = all.findIndex((each) => each.field === field && !each.without);
  const next = all.map((each, nth) => (nth === at ? written : each.text));
  if (at < 0) next.push(written);
  return next.filter((each) => each !== '').join(' ');
}

/** One way to go on. */
export interface Completion {
  /** What is shown, and what takes the place of what was typed. */
  readonly text: string;
  readonly says?: string;
  /** What of the whole text it replaces. */
  readonly from: number;
  readonly to: number;
  /** Whether the term ends with it; after a field's name a value follows. */
  readonly isWhole: boolean;
}

/** What is being typed at the caret: a field's name or word, or a value of a field. */
export interface Typing {
  readonly field?: string;
  readonly typed: string;
  readonly from: number;
  readonly to: number;
}

/** What stands under the caret; the value after the last comma is the one being typed. */
export function typing(text: string, caret: number): Typing {
  const term = terms(text).find(({ from, to }) => from < caret && caret <= to);
  if (!term) return { typed: '', from: caret, to: caret };
  if (term.field === undefined) {
    const minus = term.text.startsWith('-') ? 1 : 0;
    return { typed: text.slice(term.from + minus, caret), from: term.from + minus, to: term.to };
  }
  const begin = term.to - term.value.length;
  // In the field's own name: that is not completed any more.
  if (caret < begin) return { typed: '', from: caret, to: caret };
  const before = text.slice(begin, caret);
  const from = begin + before.lastIndexOf(',') + 1;
  const comma = text.indexOf(',', caret);
  const to = comma >= 0 && comma < term.to ? comma : term.to;
  return { field: term.field, typed: text.slice(from, caret), from, to };
}

/** At most this many are offered at a time. */
const OFFERED_MAX = 10;

/** Ways to go on at the caret; `known` has the values of fields that only the API knows. */
export function completions(
  text: string,
  caret: number,
  known: Readonly<Record<string, readonly { value: string; says?: string }[]>> = {},
): Completion[] {
  const { field, typed, from, to } = typing(text, caret);
  const begun = typed.toLowerCase();
  if (field === undefined) {
    if (typed.startsWith('"')) return [];
    const there = new Set(
      terms(text)
        .filter((each) => each.to <= caret || each.from >= caret)
        .filter(({ without }) => !without)
        .map((each) => each.field),
    );
    return FIELDS.filter(({ name }) => name.startsWith(begun) && !there.has(name)).map(
      ({ name, says }) => ({ text: `${name}:`, says, from, to, isWhole: false }),
    );
  }
  const words = FIELDS.find(({ name }) => name === field)?.words ?? [];
  const values = [...words.map((value) => ({ value })), ...(known[field] ?? [])];
  return values
    .filter(({ value }) => value.toLowerCase().includes(begun) && value !== typed)
    .slice(0, OFFERED_MAX)
    .map(({ value, ...more }) => ({ text: value, ...more, from, to, isWhole: true }));
}

/** The text after a completion was taken, and where the caret goes. */
export function complete(text: string, taken: Completion): { text: string; caret: number } {
  const after = text.slice(taken.to);
  const space = taken.isWhole && after === '' ? ' ' : '';
  return {
    text: `${text.slice(0, taken.from)}${taken.text}${space}${after}`,
    caret: taken.from + taken.text.length + space.length,
  };
}

/** The term that a sentence of the API speaks of; none where it speaks of the whole. */
export function faultAt(text: string, reason: string): { from: number; to: number } | undefined {
  const all = terms(text);
  const unknown = /^"([^"]*)" is no field/.exec(reason)?.[1];
  if (unknown !== undefined) return all.find(({ field }) => field?.startsWith(unknown));
  const field = /^([a-z]+)(?::| is there twice)/.exec(reason)?.[1];
  if (field === undefined) return undefined;
  if (field === 'text')
    return all.find((each) => each.field === undefined && /^-|^"[^"]*$|[^"]"/.test(each.text));
  const those = all.filter((each) => each.field === field);
  if (/is there twice/.test(reason)) return those.at(-1);
  const words = FIELDS.find(({ name }) => name === field)?.words ?? [];
  const isKnown = (value: string) => words.includes(value.toLowerCase());
  return those.find(({ value }) => value.split(',').some((each) => !isKnown(each))) ?? those[0];
}

/** A value as a term may hold it: what would end the term cannot be in one. */
export function canBeValue(value: string): boolean {
  return value !== '' && !/[\s,"]/.test(value);
}
