/** Private pools: scanners of the organization's own, how many more there may be, and whether they are there. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay, useOrg } from '@/app/session';
import type { ScanPool, ScanPools } from '@/client';
import {
  createPoolMutation,
  deletePoolMutation,
  listPoolsOptions,
  listPoolsQueryKey,
  updatePoolMutation,
} from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { ifMatch } from '../team/rights';

/** How often is looked whether workers are there: they say so every 15 s. */
const LOOK_MS = 15_000;

/** Pools are read anew, wherever they are shown. */
function usePoolsAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: listPoolsQueryKey() });
}

export function Pools() {
  const pools = useQuery({ ...listPoolsOptions(), refetchInterval: LOOK_MS });
  return (
    <Screen
      title="Private pools"
      says="Scanners you run yourself, for your organization and those below it: they take your jobs and nobody else's."
      narrow
    >
      {pools.isPending && <Waiting what="the pools" />}
      {pools.isError && <ProblemNotice error={pools.error} retry={() => void pools.refetch()} />}
      {pools.data && <Listed pools={pools.data} />}
    </Screen>
  );
}

function Listed({ pools }: { pools: ScanPools }) {
  const mayChange = useMay('organization:write');
  const [open, setOpen] = useState(false);
  const isFull = typeof pools.included === 'number' && pools.used >= pools.included;
  return (
    <>
      <Card
        title="Your plan"
        actions={
          mayChange && (
            <Button look="primary" disabled={isFull} onClick={() => setOpen(true)}>
              New pool…
            </Button>
          )
        }
      >
        <p className="text-sm tabular-nums">{quota(pools)}</p>
        {isFull && (
          <p className="text-sm text-ink-muted">
            {pools.included === 0
              ? 'This plan includes none; a larger one does.'
              : 'Remove one, or choose a larger plan.'}
          </p>
        )}
      </Card>
      <NewPool open={open} onClose={() => setOpen(false)} />
      {pools.items.length === 0 && (
        <EmptyState
          title="No private pools yet"
          why="A pool looks from where you put its scanners: inside a network, in a country, on your own machines."
        />
      )}
      {pools.items.map((pool) => (
        <One key={pool.id} pool={pool} mayChange={mayChange} />
      ))}
    </>
  );
}

/** How many there are, and how many there may be. */
function quota({ used, included }: ScanPools) {
  return typeof included === 'number'
    ? `${used} of ${count(included, 'pool')} made`
    : `${count(used, 'pool')} made; the plan sets no limit`;
}

function NewPool({ open, onClose }: { open: boolean; onClose: () => void }) {
  const again = usePoolsAgain();
  const make = useMutation({
    ...createPoolMutation(),
    onSuccess: () => {
      onClose();
      return again();
    },
  });
  return (
    <Dialog open={open} onClose={onClose} title="New private pool">
      <Form
        errors={make.error ? asProblem(make.error).byField() : {}}
        onSubmit={(form) =>
          make.mutate({
            body: { name: String(form.get('name')), is_default: form.get('is_default') !== null },
          })
        }
      >
        <TextField label="Name" name="name" maxLength={60} placeholder="Office network" required />
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" name="is_default" />
          Scans that name no pool go here
        </label>
        <ProblemNotice error={make.error} />
        <div>
          <Button type="submit" look="primary" busy={make.isPending}>
            Make the pool
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function One({ pool, mayChange }: { pool: ScanPool; mayChange: boolean }) {
  const isOwn = pool.tenant_key === useOrg();
  return (
    <Card
      title={pool.name}
      actions={
        <span className="flex gap-2">
          {pool.is_default && <Badge tone="info">default</Badge>}
          <Badge tone={pool.workers > 0 ? 'good' : 'medium'}>
            {pool.workers > 0 ? count(pool.workers, 'scanner') : 'no scanner'}
          </Badge>
        </span>
      }
    >
      <p className="text-sm text-ink-muted">
        {pool.last_heard_at ? (
          <>
            Last heard of <Moment at={pool.last_heard_at} />.
          </>
        ) : (
          'No scanner was ever heard of.'
        )}{' '}
        {pool.waiting_jobs > 0 && `${count(pool.waiting_jobs, 'job waits', 'jobs wait')}.`}
      </p>
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <code className="font-mono break-all">
          WT_POOL=<Inert>{pool.id}</Inert>
        </code>
        <CopyButton value={pool.id} what="id" />
      </p>
      {!isOwn && <p className="text-sm text-ink-muted">Of an organization above this one.</p>}
      {isOwn && mayChange && <Changing pool={pool} />}
    </Card>
  );
}

function Changing({ pool }: { pool: ScanPool }) {
  const again = usePoolsAgain();
  const change = useMutation({ ...updatePoolMutation(), onSuccess: again });
  const remove = useMutation({
    ...deletePoolMutation(),
    onSuccess: () => {
      say(`${pool.name} is gone.`);
      return again();
    },
  });
  const path = { id: pool.id };
  return (
    <>
      <ProblemNotice error={remove.error ?? change.error} />
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          busy={change.isPending}
          onClick={() =>
            change.mutate({
              path,
              headers: ifMatch(pool.version),
              body: { name: pool.name, is_default: !pool.is_default },
            })
          }
        >
          {pool.is_default ? 'No longer the default' : 'Make it the default'}
        </Button>
        <Button
          size="small"
          look="danger"
          busy={remove.isPending}
          onClick={() => remove.mutate({ path })}
        >
          Remove
        </Button>
      </div>
    </>
  );
}
