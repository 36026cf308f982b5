/** What the organization owns, and whether it is proved. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay, useOrg } from '@/app/session';
import type { Asset } from '@/client';
import { listAssetsInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { ASSET_KINDS } from '@/say/words';
import { RunBadge, VerifiedBadge } from '@/ui/badge';
import { Button, ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice, FilterText } from '@/ui/field';
import { ListOf, Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { Screen } from '@/ui/screen';
import { AddAssets } from './add-assets';

const route = getRouteApi('/in/o/$org/assets');

export function Assets() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('assets:write');
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery({
    ...listAssetsInfiniteOptions({ query: { ...search, limit: PAGE_ROWS } }),
    ...keyset,
  });
  const items = rows(query.data);
  const set = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next } });
  const isFiltered = Object.values(search).some((value) => value !== undefined);
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
                <Button onClick={() => void navigate({ search: {} })}>Show all assets</Button>
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
        <Table label="Assets" head={['Asset', 'Kind', 'Proof', 'Last scan', 'Added', 'Next']}>
          {items.map((asset) => (
            <AssetRow key={asset.id} asset={asset} />
          ))}
        </Table>
      </ListOf>
      {adding && <AddAssets onClose={() => setAdding(false)} />}
    </Screen>
  );
}

function AssetRow({ asset }: { asset: Asset }) {
  const org = useOrg();
  const mayWrite = useMay('assets:write');
  const mayScan = useMay('runs:create');
  const params = { org, id: asset.id };
  return (
    <tr>
      <td className="min-w-44">
        <Link
          to="/o/$org/assets/$id"
          params={params}
          data-row
          className="font-medium break-all hover:underline"
        >
          {asset.value}
        </Link>
        {asset.tags.length > 0 && (
          <p className="text-[0.8125rem] text-ink-muted">{asset.tags.join(', ')}</p>
        )}
      </td>
      <td>{asset.kind}</td>
      <td>
        <VerifiedBadge verified={asset.verified} />
      </td>
      <td>
        {asset.last_run ? (
          <Link
            to="/o/$org/scans/$run"
            params={{ org, run: asset.last_run.id }}
            className="inline-flex flex-wrap gap-1.5"
          >
            <RunBadge state={asset.last_run.state} />
            <Moment at={asset.last_run.finished_at ?? asset.last_run.created_at} />
          </Link>
        ) : (
          <span className="text-ink-muted">never</span>
        )}
      </td>
      <td>
        <Moment at={asset.created_at} />
      </td>
      <td>
        {asset.verified
          ? mayScan && (
              <ButtonLink
                to="/o/$org/scans/new"
                params={{ org }}
                search={{ asset: asset.id }}
                size="small"
              >
                Scan
              </ButtonLink>
            )
          : mayWrite && (
              <ButtonLink
                to="/o/$org/assets/$id/verify"
                params={params}
                size="small"
                look="primary"
              >
                Verify
              </ButtonLink>
            )}
      </td>
    </tr>
  );
}
