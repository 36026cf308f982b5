/** What is told by which way: every kind of event beside every channel there is. */
import type { NotificationSettings } from '@/client';
import { severityWord } from '@/say/words';
import { Table } from '@/ui/list';

/** What a run can say, in the order of its mail: bad news first. */
const OF_A_RUN = [
  ['Reopened', 'What was fixed is there again.'],
  ['New', 'Seen for the first time.'],
  ['Changed', 'Still there, not the same.'],
  ['Still open', 'Only as the answer to a verification.'],
  ['Unresponsive, or answering again', 'Nothing is proven while a host is silent.'],
  ['Fixed', 'Looked at again and seen gone.'],
  ['Retired, or no longer checked', 'Nobody looks there any more.'],
] as const;

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

export function Matrix({ settings }: { settings: NotificationSettings }) {
  const mailed = settings.email_enabled
    ? `✓ from ${severityWord[settings.min_severity].toLowerCase()}`
    : 'off';
  return (
    <Table label="What is told by which way" head={HEAD}>
      {OF_A_RUN.map(([what, says]) => (
        <Row key={what} what={what} says={says} cells={[mailed, NEVER, '✓ always']} />
      ))}
      {OF_A_PERSON.map(([what, says]) => (
        <Row key={what} what={what} says={says} cells={[NEVER, '✓ always', NEVER]} />
      ))}
    </Table>
  );
}

function Row(props: {
  what: string;
  says: string;
  cells: readonly [React.ReactNode, React.ReactNode, React.ReactNode];
}) {
  const [recipients, person, feed] = props.cells;
  return (
    <tr>
      <th scope="row" className="min-w-48 px-3 py-(--row-gap) text-left font-medium">
        {props.what}
        {props.says && (
          <span className="block text-[0.8125rem] font-normal text-ink-muted">{props.says}</span>
        )}
      </th>
      <td>{recipients}</td>
      <td>{person}</td>
      <td>{feed}</td>
    </tr>
  );
}
