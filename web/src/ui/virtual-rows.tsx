/** The rows of a long table: only those near the window are in the document. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type Ref, useLayoutEffect, useRef, useState } from 'react';

/** Shorter tables are drawn whole, so that the browser's own search and print see all of them. */
export const VIRTUAL_FROM = 300;
/** Height of a row before it was measured, pixels. */
const GUESS_PX = 58;
/** Rows drawn beyond either edge of the window. */
const BEYOND = 15;

/** What a row puts on its `tr`. */
export interface RowProps {
  ref?: Ref<HTMLTableRowElement>;
  'data-index'?: number;
  'aria-rowindex'?: number;
}

export function VirtualRows<T>(props: {
  items: readonly T[];
  columns: number;
  row: (item: T, more: RowProps) => ReactNode;
}) {
  if (props.items.length < VIRTUAL_FROM) return props.items.map((item) => props.row(item, {}));
  return <Near {...props} />;
}

function Near<T>({ items, columns, row }: Parameters<typeof VirtualRows<T>>[0]) {
  const top = useRef<HTMLTableRowElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => {
    const box = top.current?.closest('tbody')?.getBoundingClientRect();
    if (box) setScrollMargin(box.top + window.scrollY);
  }, []);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => GUESS_PX,
    overscan: BEYOND,
    scrollMargin,
  });
  const near = virtual.getVirtualItems();
  const above = (near[0]?.start ?? scrollMargin) - scrollMargin;
  const below = virtual.getTotalSize() - ((near.at(-1)?.end ?? scrollMargin) - scrollMargin);
  return (
    <>
      <tr ref={top} aria-hidden>
        <td colSpan={columns} style={{ height: above, padding: 0 }} />
      </tr>
      {near.map(({ index }) => {
        const item = items[index];
        return item === undefined
          ? null
          : row(item, {
              ref: virtual.measureElement,
              'data-index': index,
              // The head is the first row.
              'aria-rowindex': index + 2,
            });
      })}
      <tr aria-hidden>
        <td colSpan={columns} style={{ height: Math.max(0, below), padding: 0 }} />
      </tr>
    </>
  );
}
