/** Exposures as rows, wherever they are listed. */
import { Link } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import type { Exposure } from '@/client';
import { place } from '@/say/words';
import { DecisionBadge, SeverityBadge, StateBadge } from '@/ui/badge';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';

export function ExposureTable({ items }: { items: readonly Exposure[] }) {
  const org = useOrg();
  return (
    <Table
      label="Exposures"
      head={['Severity', 'Exposure', 'Where', 'State', 'First seen', 'Last seen']}
    >
      {items.map((each) => (
        <tr key={each.key}>
          <td>
            <SeverityBadge severity={each.severity} />
          </td>
          <td className="min-w-56">
            <Link
              to="/o/$org/exposures/$key"
              params={{ org, key: each.key }}
              data-row
              className="font-medium hover:underline"
            >
              <Inert>{each.title}</Inert>
            </Link>
            <p className="text-[0.8125rem] text-ink-muted">{each.check_id}</p>
          </td>
          <td className="min-w-52 font-mono text-[0.8125rem] break-all">
            <Inert>{place(each.host, each.port)}</Inert>
          </td>
          <td>
            <div className="flex flex-wrap gap-1">
              <StateBadge state={each.state} />
              <DecisionBadge of={each} />
            </div>
          </td>
          <td>
            <Moment at={each.first_seen} />
          </td>
          <td>
            <Moment at={each.last_seen} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
