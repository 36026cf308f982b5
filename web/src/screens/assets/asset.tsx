/** One asset: its proof, its scans, what is exposed on it. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay, useOrg } from '@/app/session';
import type { Asset } from '@/client';
import {
  archiveAssetMutation,
  getAssetOptions,
  getAssetQueryKey,
  listAssetExposuresInfiniteOptions,
  listAssetScansInfiniteOptions,
  revokeAuthorizationMutation,
} from '@/client/@tanstack/react-query.gen';
import { VerifiedBadge } from '@/ui/badge';
import { Button, ButtonLink } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { ListOf } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { ExposureTable } from '../exposure/table';
import { RunTable } from '../scans/table';
import { Exclude } from './exclude';

const route = getRouteApi('/in/o/$org/assets/$id');

export function AssetScreen() {
  const { id } = route.useParams();
  const org = useOrg();
  const mayWrite = useMay('assets:write');
  const mayScan = useMay('runs:create');
  const mayReadExposures = useMay('exposures:read');
  const query = useQuery(getAssetOptions({ path: { id } }));
  if (query.isPending) return <Waiting what="the asset" />;
  if (query.isError)
    return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  const asset = query.data;
  return (
    <Screen
      title={asset.value}
      says={
        <span className="flex flex-wrap items-center gap-2">
          <VerifiedBadge verified={asset.verified} /> {asset.kind}
          {asset.tags.length > 0 && ` · ${asset.tags.join(', ')}`}
        </span>
      }
      actions={
        <>
          {mayScan && asset.verified && (
            <ButtonLink
              to="/o/$org/scans/new"
              params={{ org }}
              search={{ asset: id }}
              look="primary"
            >
              Scan
            </ButtonLink>
          )}
          {mayReadExposures && (
            <ButtonLink to="/o/$org/graph" params={{ org }} search={{ from: `asset:${id}` }}>
              Graph
            </ButtonLink>
          )}
          {mayReadExposures && (
            <ButtonLink to="/o/$org/trends" params={{ org }} search={{ asset: id }}>
              Trends
            </ButtonLink>
          )}
          {mayWrite && !asset.verified && (
            <ButtonLink to="/o/$org/assets/$id/verify" params={{ org, id }} look="primary">
              Verify
            </ButtonLink>
          )}
          <Exclude value={asset.value} />
          {mayWrite && <Archive asset={asset} />}
        </>
      }
    >
      <Proof asset={asset} />
      <Exposed id={id} verified={asset.verified} />
      <Scans id={id} />
    </Screen>
  );
}

function Proof({ asset }: { asset: Asset }) {
  const mayWrite = useMay('assets:write');
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    ...revokeAuthorizationMutation(),
    onSuccess: () => {
      setAsking(false);
      say('The authorization was withdrawn.');
      void cache.invalidateQueries({ queryKey: getAssetQueryKey({ path: { id: asset.id } }) });
    },
  });
  const { authorization } = asset;
  if (!authorization) {
    return (
      <Card title="Proof">
        <p className="text-sm text-ink-muted">
          Nobody has proved that this is yours, so nothing of it is ever touched.
        </p>
      </Card>
    );
  }
  return (
    <Card
      title="Proof"
      actions={
        mayWrite && (
          <Button size="small" onClick={() => setAsking(true)}>
            Withdraw…
          </Button>
        )
      }
    >
      <Facts
        rows={[
          [
            'Proved by',
            authorization.method === 'dns_txt'
              ? 'DNS record'
              : authorization.method === 'http_file'
                ? 'file over HTTP'
                : 'attestation',
          ],
          ['On', <Moment key="on" at={authorization.verified_at} both />],
          ['Holds until', <Moment key="until" at={authorization.expires_at} both />],
        ]}
      />
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Withdraw the authorization?"
        says="Running scans of this asset stop, and its exposures are retired. They are not called fixed."
      >
        <ProblemNotice error={revoke.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsking(false)}>Keep it</Button>
          <Button
            look="danger"
            busy={revoke.isPending}
            onClick={() =>
              revoke.mutate({
                path: { id: authorization.id },
                body: { reason: 'withdrawn by a member' },
              })
            }
          >
            Withdraw
          </Button>
        </div>
      </Dialog>
    </Card>
  );
}

function Archive({ asset }: { asset: Asset }) {
  const org = useOrg();
  const navigate = route.useNavigate();
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const archive = useMutation({
    ...archiveAssetMutation(),
    onSuccess: async () => {
      say(`${asset.value} was archived.`);
      await navigate({ to: '/o/$org/assets', params: { org } });
      await cache.invalidateQueries();
    },
  });
  return (
    <>
      <Button onClick={() => setAsking(true)}>Archive…</Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Archive ${asset.value}?`}
        says="It is no longer scanned and its exposures are retired. What was found stays on record."
      >
        <ProblemNotice error={archive.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsking(false)}>Keep it</Button>
          <Button
            look="danger"
            busy={archive.isPending}
            onClick={() => archive.mutate({ path: { id: asset.id } })}
          >
            Archive
          </Button>
        </div>
      </Dialog>
    </>
  );
}

function Exposed({ id, verified }: { id: string; verified: boolean }) {
  const query = useInfiniteQuery({
    ...listAssetExposuresInfiniteOptions({ path: { id }, query: { limit: PAGE_ROWS } }),
    ...keyset,
  });
  const items = rows(query.data);
  return (
    <Card title="Exposures">
      <ListOf
        what="exposures"
        query={query}
        items={items}
        empty={
          <EmptyState
            title="Nothing was found"
            why={
              verified
                ? 'No scan has found anything here.'
                : 'It was never scanned, because it is not verified.'
            }
          />
        }
      >
        <ExposureTable items={items} />
      </ListOf>
    </Card>
  );
}

function Scans({ id }: { id: string }) {
  const query = useInfiniteQuery({
    ...listAssetScansInfiniteOptions({ path: { id }, query: { limit: PAGE_ROWS } }),
    ...keyset,
  });
  const items = rows(query.data);
  return (
    <Card title="Scans">
      <ListOf
        what="scans"
        query={query}
        items={items}
        empty={<EmptyState title="Never scanned" why="A scan of this asset will be listed here." />}
      >
        <RunTable items={items} />
      </ListOf>
    </Card>
  );
}
