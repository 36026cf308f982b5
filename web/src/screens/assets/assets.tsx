/** What the organization owns, and whether it is proved. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay } from '@/app/session';
import { listAssetsInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { ASSET_KINDS } from '@/say/words';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice, FilterText } from '@/ui/field';
import { ListOf, Table } from '@/ui/list';
import { Screen } from '@/ui/screen';
import { AddAssets } from './add-assets';
import { AssetRow } from './asset-row';
import { treeOf } from './tree';

const route = getRouteApi('/in/o/$org/assets');

export function Assets() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('assets:write');
  const mayCount = useMay('exposures:read');
  const { as, ...filter } = search;
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery({
    ...listAssetsInfiniteOptions({
      query: { ...filter, ...(mayCount && { open: true }), limit: PAGE_ROWS },
    }),
    ...keyset,
  });
  const items = rows(query.data);
  const set = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next } });
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const add = mayWrite && (
    <Button look="primary" onClick={() => setAdding(true)}>
      Add assets
    </Button>
  );

  return (
    <Screen
      title="Assets"
      says="Domains, addresses and networks you own. Only verified ones are scanned."
      actions={add}
    >
      <div className="flex flex-wrap items-center gap-3">
        <FilterText
          label="Name or address…"
          value={search.q ?? ''}
          onChange={(q) => set({ q: q || undefined })}
        />
        <Choice
          label="Kind"
          value={search.kind ?? ''}
          onChange={(kind) => set({ kind: kind || undefined })}
          options={[['', 'Any'], ...ASSET_KINDS.map((kind) => [kind, kind] as const)]}
        />
        <Choice
          label="Proof"
          value={search.state ?? ''}
          onChange={(state) => set({ state: state || undefined })}
          options={[
            ['', 'Any'],
            ['verified', 'Verified'],
            ['unverified', 'Not verified'],
          ]}
        />
        <Choice
          label="As"
          value={as ?? ''}
          onChange={(next) => set({ as: next || undefined })}
          options={[
            ['', 'List'],
            ['tree', 'Tree by domain'],
          ]}
        />
      </div>
      <ListOf
        what="assets"
        query={query}
        items={items}
        empty={
          isFiltered ? (
            <EmptyState
              title="Nothing matches"
              why="No asset is like this. The filter may hide others."
              action={
                <Button onClick={() => void navigate({ search: as ? { as } : {} })}>
                  Show all assets
                </Button>
              }
            />
          ) : (
            <EmptyState
              title="No assets yet"
              why="Watchtower looks only at what you say you own and then prove. Begin with one domain or address."
              action={add}
            />
          )
        }
      >
        <Table
          label="Assets"
          head={[
            'Asset',
            'Kind',
            'Proof',
            ...(mayCount ? ['Open'] : []),
            'Last scan',
            'Added',
            'Next',
          ]}
        >
          {as === 'tree'
            ? treeOf(items).map((branch) => (
                <AssetRow key={branch.asset.id} {...branch} isTree counts={mayCount} />
              ))
            : items.map((asset) => <AssetRow key={asset.id} asset={asset} counts={mayCount} />)}
        </Table>
        {as === 'tree' && query.hasNextPage && (
          <p className="text-center text-sm text-ink-muted">
            A domain that is not loaded yet has its names without it.
          </p>
        )}
      </ListOf>
      {adding && <AddAssets onClose={() => setAdding(false)} />}
    </Screen>
  );
}
