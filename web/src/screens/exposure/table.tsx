/** Exposures as rows, wherever they are listed. */
import { useEffect, useMemo } from 'react';
import type { Exposure } from '@/client';
import { count } from '@/say/words';
import { Inert, visible } from '@/ui/inert';
import { Table } from '@/ui/list';
import { SelectBox, type Selection } from '@/ui/selection';
import { type RowProps, VirtualRows } from '@/ui/virtual-rows';
import { type ColumnId, column, USUAL } from './columns';
import { ExposureName } from './named';
import { type Group, grouped, type Head, isHead } from './order';
import { leaveTrail } from './trail';

export function ExposureTable(props: {
  items: readonly Exposure[];
  columns?: readonly ColumnId[];
  group?: Group | undefined;
  selection?: Selection;
}) {
  const { items, columns = USUAL, group, selection } = props;
  const rows = useMemo(() => grouped(items, group), [items, group]);
  useEffect(() => leaveTrail(rows.flatMap((row) => (isHead(row) ? [] : [row.key]))), [rows]);
  const [first, ...others] = columns;
  const isSeverityFirst = first === 'severity';
  const before: readonly ColumnId[] = isSeverityFirst ? ['severity'] : [];
  const after = isSeverityFirst ? others : columns;
  const head = [
    ...(selection ? ['Select'] : []),
    ...before.map((id) => column(id).name),
    'Exposure',
    ...after.map((id) => column(id).name),
  ];
  return (
    <Table label="Exposures" head={head} rows={rows.length}>
      <VirtualRows
        items={rows}
        columns={head.length}
        row={(each, more) =>
          isHead(each) ? (
            <HeadRow key={`head ${each.head}`} each={each} columns={head.length} more={more} />
          ) : (
            <Row
              key={each.key}
              each={each}
              before={before}
              after={after}
              more={more}
              {...(selection && { selection })}
            />
          )
        }
      />
    </Table>
  );
}

function HeadRow({ each, columns, more }: { each: Head; columns: number; more: RowProps }) {
  return (
    <tr {...more} className="bg-sunken">
      <th scope="rowgroup" colSpan={columns} className="px-3 py-1.5 text-left text-sm font-medium">
        <Inert>{each.head}</Inert>{' '}
        <span className="font-normal text-ink-muted">{count(each.rows, 'exposure')}</span>
      </th>
    </tr>
  );
}

function Row(props: {
  each: Exposure;
  before: readonly ColumnId[];
  after: readonly ColumnId[];
  more: RowProps;
  selection?: Selection;
}) {
  const { each, more, selection } = props;
  const cell = (id: ColumnId) => (
    <td key={id} className={column(id).look}>
      {column(id).cell(each)}
    </td>
  );
  return (
    <tr {...more}>
      {selection && (
        <td>
          <SelectBox selection={selection} of={each.key} name={visible(each.title)} />
        </td>
      )}
      {props.before.map(cell)}
      <td className="min-w-56">
        <ExposureName of={each} />
        <p className="text-[0.8125rem] text-ink-muted">
          <Inert>{each.check_id}</Inert>
        </p>
      </td>
      {props.after.map(cell)}
    </tr>
  );
}
