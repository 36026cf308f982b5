import { render } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { Table } from './list';
import { VIRTUAL_FROM, VirtualRows } from './virtual-rows';

const show = (count: number) => {
  const items = Array.from({ length: count }, (_, nth) => `row ${nth}`);
  const { container } = render(
    <Table label="Rows" head={['Name']} rows={count}>
      <VirtualRows
        items={items}
        columns={1}
        row={(item, more) => (
          <tr key={item} {...more}>
            <td>{item}</td>
          </tr>
        )}
      />
    </Table>,
  );
  return container;
};

it('draws short tables whole', () => {
  const container = show(VIRTUAL_FROM - 1);
  expect(container.querySelectorAll('tbody tr')).toHaveLength(VIRTUAL_FROM - 1);
});

it('draws of a long one only what is near the window, and says how long it is', () => {
  // The document of the tests has no layout to measure.
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(40);
  const container = show(20_000);
  const rows = container.querySelectorAll('tbody tr:not([aria-hidden])');
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.length).toBeLessThan(100);
  expect(rows[0]).toHaveAttribute('aria-rowindex', '2');
  expect(container.querySelector('table')).toHaveAttribute('aria-rowcount', '20001');
});
