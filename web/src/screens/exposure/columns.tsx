/** The columns of exposures: what each shows, and which of them a person wants to see. */
import { Columns3 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useMe } from '@/app/session';
import type { Exposure } from '@/client';
import { place } from '@/say/words';
import {
  DecisionBadge,
  KnownAttacksBadge,
  ScoreBadge,
  SeverityBadge,
  StateBadge,
} from '@/ui/badge';
import { Button } from '@/ui/button';
import { Due } from '@/ui/due';
import { Inert } from '@/ui/inert';
import { Menu, MenuCheck } from '@/ui/menu';
import { Moment } from '@/ui/moment';
import { Tags } from '@/ui/tags';

interface Column {
  readonly name: string;
  readonly look?: string;
  readonly cell: (each: Exposure) => ReactNode;
}

const NONE = <span className="text-ink-muted">–</span>;

/** By id, in the order of the table; the exposure itself is always there, after the severity. */
const COLUMNS = {
  severity: { name: 'Severity', cell: (each) => <SeverityBadge severity={each.severity} /> },
  score: {
    name: 'Urgency',
    cell: (each) => (
      <div className="flex flex-wrap gap-1">
        <ScoreBadge score={each.score} />
        {each.kev && <KnownAttacksBadge />}
      </div>
    ),
  },
  where: {
    name: 'Where',
    look: 'min-w-52 font-mono text-[0.8125rem] break-all',
    cell: (each) => <Inert>{place(each.host, each.port)}</Inert>,
  },
  state: {
    name: 'State',
    cell: (each) => (
      <div className="flex flex-wrap gap-1">
        <StateBadge state={each.state} />
        <DecisionBadge of={each} />
      </div>
    ),
  },
  assignee: {
    name: 'Taken care of by',
    look: 'font-mono text-[0.8125rem] break-all',
    cell: (each) => (each.assignee ? <Inert>{each.assignee}</Inert> : NONE),
  },
  tags: {
    name: 'Tags',
    cell: (each) => (each.tags?.length ? <Tags tags={each.tags} /> : NONE),
  },
  due: { name: 'Due', cell: (each) => <Due of={each} /> },
  first_seen: { name: 'First seen', cell: (each) => <Moment at={each.first_seen} /> },
  last_seen: { name: 'Last seen', cell: (each) => <Moment at={each.last_seen} /> },
} as const satisfies Record<string, Column>;

export type ColumnId = keyof typeof COLUMNS;
const ALL = Object.keys(COLUMNS) as ColumnId[];
/** Shown to who has chosen nothing. */
export const USUAL: readonly ColumnId[] = ALL.filter((id) => id !== 'assignee' && id !== 'tags');

/** Those that say something of the past; the others are known of today alone. */
export const THEN: readonly ColumnId[] = ALL.filter(
  (id) => !['score', 'assignee', 'tags', 'due'].includes(id),
);

/** Of words from elsewhere those that are columns, in the table's order. */
export function columnsOf(words: readonly string[]): ColumnId[] {
  return ALL.filter((id) => words.includes(id));
}

export const column = (id: ColumnId): Column => COLUMNS[id];

const keyOf = (person: string) => `watchtower.columns.exposures.${person}`;

/** What is remembered; words that are no column (any more) are left out. */
function remembered(person: string): readonly ColumnId[] {
  try {
    const stored = localStorage.getItem(keyOf(person));
    if (stored === null) return USUAL;
    return columnsOf(stored.split(','));
  } catch {
    return USUAL;
  }
}

/** The columns this person chose, in this browser. */
export function useColumns(): readonly [readonly ColumnId[], (next: readonly ColumnId[]) => void] {
  const person = useMe().user.id;
  const [columns, setColumns] = useState(() => remembered(person));
  const choose = (next: readonly ColumnId[]) => {
    setColumns(next);
    try {
      localStorage.setItem(keyOf(person), next.join(','));
    } catch {
      // Storage may be switched off; then the choice lasts as long as the screen.
    }
  };
  return [columns, choose];
}

export function ColumnMenu(props: {
  columns: readonly ColumnId[];
  onChange: (next: readonly ColumnId[]) => void;
}) {
  const { columns, onChange } = props;
  return (
    <Menu
      trigger={
        <Button size="small">
          <Columns3 size={15} aria-hidden /> Columns
        </Button>
      }
    >
      {ALL.map((id) => (
        <MenuCheck
          key={id}
          checked={columns.includes(id)}
          onChange={(wanted) =>
            onChange(ALL.filter((each) => (each === id ? wanted : columns.includes(each))))
          }
        >
          {COLUMNS[id].name}
        </MenuCheck>
      ))}
    </Menu>
  );
}
