/** Exposures as rows, wherever they are listed. */
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useOrg } from '@/app/session';
import type { Exposure } from '@/client';
import { place } from '@/say/words';
import { DecisionBadge, SeverityBadge, StateBadge } from '@/ui/badge';
import { Inert, visible } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { SelectBox, type Selection } from '@/ui/selection';
import { type RowProps, VirtualRows } from '@/ui/virtual-rows';
import { leaveTrail } from './trail';

const HEAD = ['Severity', 'Exposure', 'Where', 'State', 'First seen', 'Last seen'];

export function ExposureTable(props: { items: readonly Exposure[]; selection?: Selection }) {
  const { items, selection } = props;
  useEffect(() => leaveTrail(items.map(({ key }) => key)), [items]);
  const head = selection ? ['Select', ...HEAD] : HEAD;
  return (
    <Table label="Exposures" head={head} rows={items.length}>
      <VirtualRows
        items={items}
        columns={head.length}
        row={(each, more) => (
          <Row key={each.key} each={each} more={more} {...(selection && { selection })} />
        )}
      />
    </Table>
  );
}

function Row(props: { each: Exposure; more: RowProps; selection?: Selection }) {
  const { each, more, selection } = props;
  const org = useOrg();
  return (
    <tr {...more}>
      {selection && (
        <td>
          <SelectBox selection={selection} of={each.key} name={visible(each.title)} />
        </td>
      )}
      <td>
        <SeverityBadge severity={each.severity} />
      </td>
      <td className="min-w-56">
        <Link
          to="/o/$org/exposures/$key"
          params={{ org, key: each.key }}
          data-row
          className="font-medium break-words hover:underline"
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
  );
}
