/** What is told by which way: every kind of event beside every channel there is. */
import type { ReactNode } from 'react';
import type { Integration, NotificationSettings } from '@/client';
import { type EventType, severityWord } from '@/say/words';
import { visible } from '@/ui/inert';
import { Table } from '@/ui/list';

/** What a run can say, in the order of its mail: bad news first; and which events that is. */
const OF_A_RUN: readonly (readonly [what: string, says: string, events: readonly EventType[]])[] = [
  ['Reopened', 'What was fixed is there again.', ['REOPENED']],
  ['New', 'Seen for the first time.', ['NEW']],
  ['Changed', 'Still there, not the same.', ['CHANGED']],
  ['Still open', 'Only as the answer to a verification.', ['STILL_OPEN']],
  [
    'Unresponsive, or answering again',
    'Nothing is proven while a host is silent.',
    ['UNRESPONSIVE', 'RESPONSIVE'],
  ],
  ['Fixed', 'Looked at again and seen gone.', ['FIXED']],
  ['Retired, or no longer checked', 'Nobody looks there any more.', ['RETIRED', 'STALE_CHECK']],
];

/** What concerns one person; no setting holds these back. */
const OF_A_PERSON = [
  ['A sign-in from somewhere new', ''],
  ['A passkey added, or another address', 'The address before is told.'],
  ['Staff of the platform looking with their eyes', 'With the reason they gave.'],
  ['Invitations, and links they asked for', ''],
] as const;

const NEVER = (
  <span className="text-ink-muted">
    <span aria-hidden>–</span>
    <span className="sr-only">not told this way</span>
  </span>
);
const HEAD = ['Event', 'E-mail to the recipients', 'E-mail to the person', 'Changes'];

export function Matrix(props: {
  settings: NotificationSettings;
  /** Webhooks and chats, each a column. */
  integrations: readonly Integration[];
}) {
  const { settings, integrations } = props;
  const mailed = settings.email_enabled
    ? `✓ from ${severityWord[settings.min_severity].toLowerCase()}`
    : 'off';
  return (
    <Table label="What is told by which way" head={[...HEAD, ...names(integrations)]}>
      {OF_A_RUN.map(([what, says, events]) => (
        <Row
          key={what}
          what={what}
          says={says}
          cells={[mailed, NEVER, '✓ always', ...integrations.map((each) => told(each, events))]}
        />
      ))}
      {OF_A_PERSON.map(([what, says]) => (
        <Row
          key={what}
          what={what}
          says={says}
          cells={[NEVER, '✓ always', NEVER, ...integrations.map(() => NEVER)]}
        />
      ))}
    </Table>
  );
}

/** Names of integrations as heads of columns; two of one name are told apart. */
function names(integrations: readonly Integration[]): string[] {
  const seen = new Map<string, number>();
  return integrations.map(({ name }) => {
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return nth === 1 ? visible(name) : `${visible(name)} (${nth})`;
  });
}

/** Whether, and from which severity, an integration is told of any of these events. */
function told(each: Integration, events: readonly EventType[]): ReactNode {
  if (!each.enabled) return 'off';
  const some = each.events.length === 0 || events.some((event) => each.events.includes(event));
  if (!some) return NEVER;
  const where = each.asset_ids.length > 0 ? ', some assets' : '';
  return `✓ from ${severityWord[each.min_severity].toLowerCase()}${where}`;
}

function Row(props: { what: string; says: string; cells: readonly ReactNode[] }) {
  return (
    <tr>
      <th scope="row" className="min-w-48 px-3 py-(--row-gap) text-left font-medium">
        {props.what}
        {props.says && (
          <span className="block text-[0.8125rem] font-normal text-ink-muted">{props.says}</span>
        )}
      </th>
      {props.cells.map((cell, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its column, and columns stay
        <td key={at}>{cell}</td>
      ))}
    </tr>
  );
}
