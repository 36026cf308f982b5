/** Asking for a scan: what, how hard, and a dry run that says what would be touched. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { NotForRole } from '@/app/not-for-role';
import { useMay, useOrg } from '@/app/session';
import type { Asset, Plan, Run, NewScan as ScanRequest, ScanSchedule } from '@/client';
import {
  createScheduleMutation,
  getDashboardQueryKey,
  getScanOptions,
  listAssetsOptions,
  listPoolsOptions,
  listScansOptions,
  listScansQueryKey,
  listSchedulesOptions,
  listSchedulesQueryKey,
  requestScanMutation,
  updateScheduleMutation,
} from '@/client/@tanstack/react-query.gen';
import { count, POLICIES, PROFILES, policyWord, profileWord } from '@/say/words';
import { Button, ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice, Form, RadioCards, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { anEarlyMonday, type When, WhenFields } from '@/ui/when';
import { estimate, estimateWord } from './estimate';
import { type Chosen, Targets } from './targets';

const route = getRouteApi('/in/o/$org/scans/new');

/** Targets offered by name; more than these are scanned with "every verified asset". */
const OFFERED = 200;
/** Runs that say how long it takes. */
const BEFORE = 100;

const options = <T extends string>(
  words: readonly T[],
  say: Record<T, { name: string; says: string }>,
) => words.map((value) => ({ value, ...say[value] }));

export function NewScan() {
  return useMay('runs:create') ? (
    <Choose />
  ) : (
    <NotForRole title="New scan" why="A scan touches what is scanned." />
  );
}

function Choose() {
  const { asset, like, schedule } = route.useSearch();
  const org = useOrg();
  const assets = useQuery(listAssetsOptions({ query: { limit: OFFERED } }));
  const before = useQuery({
    ...getScanOptions({ path: { run_id: like ?? '' } }),
    enabled: like !== undefined,
  });
  const schedules = useQuery({ ...listSchedulesOptions(), enabled: schedule !== undefined });
  if (assets.isPending || before.isLoading || schedules.isLoading)
    return <Waiting what="the assets" />;
  if (assets.isError)
    return <ProblemNotice error={assets.error} retry={() => void assets.refetch()} />;
  if (schedules.isError)
    return <ProblemNotice error={schedules.error} retry={() => void schedules.refetch()} />;
  const changed = schedules.data?.items.find(({ id }) => id === schedule);
  if (schedule !== undefined && !changed)
    return (
      <EmptyState
        title="There is no such schedule"
        why="Somebody may have removed it."
        action={
          <ButtonLink to="/o/$org/scans" params={{ org }} look="primary">
            Scans
          </ButtonLink>
        }
      />
    );
  const items = assets.data.items;
  const verified = items.filter((each) => each.verified);
  return (
    <Screen title={changed ? 'Change a schedule' : 'New scan'} narrow>
      {verified.length === 0 && assets.data.next_cursor === null ? (
        <EmptyState
          title="Nothing can be scanned yet"
          why={
            items.length === 0
              ? 'There are no assets. Add one that you own.'
              : 'None of the assets is verified. Prove that one is yours first.'
          }
          action={
            <ButtonLink to="/o/$org/start" params={{ org }} look="primary">
              Go to the first steps
            </ButtonLink>
          }
        />
      ) : (
        <>
          {before.isError && (
            <ProblemNotice error={before.error} retry={() => void before.refetch()} />
          )}
          <Launcher
            key={changed?.id ?? before.data?.id}
            assets={items}
            isCut={assets.data.next_cursor !== null}
            only={asset}
            like={changed ?? before.data}
            changed={changed}
          />
        </>
      )}
    </Screen>
  );
}

function Launcher(props: {
  assets: readonly Asset[];
  isCut: boolean;
  /** The one asset it is about. */
  only: string | undefined;
  /** The run or schedule whose choices are taken over. */
  like: Run | ScanSchedule | undefined;
  /** The schedule that is changed, if one is. */
  changed: ScanSchedule | undefined;
}) {
  const { assets, only, like, changed } = props;
  const org = useOrg();
  const cache = useQueryClient();
  const navigate = route.useNavigate();
  const [profile, setProfile] = useState<(typeof PROFILES)[number]>(
    () => PROFILES.find((word) => word === like?.profile) ?? 'baseline',
  );
  const [policy, setPolicy] = useState<(typeof POLICIES)[number]>(like?.policy ?? 'safe');
  const [targets, setTargets] = useState<Chosen>(() => {
    if (changed?.asset_ids.length === 0) return 'every';
    const wanted = like?.asset_ids ?? (only === undefined ? undefined : [only]);
    if (wanted === undefined && props.isCut) return 'every';
    const refused = new Set(assets.filter((each) => !each.verified).map((each) => each.id));
    // Of those that are not listed here the API says which are left out, and why.
    return new Set((wanted ?? assets.map(({ id }) => id)).filter((id) => !refused.has(id)));
  });
  const isNothing = targets !== 'every' && targets.size === 0;
  const [ports, setPorts] = useState(changed?.ports ?? '');
  const pools = useQuery(listPoolsOptions()).data?.items ?? [];
  const [pool, setPool] = useState(like?.pool ?? '');
  const [when, setWhen] = useState<When | undefined>(changed);
  const request = (dryRun: boolean): { body: ScanRequest } => ({
    body: {
      asset_ids: targets === 'every' ? [] : [...targets],
      profile,
      policy,
      ...(ports.trim() !== '' && { ports: ports.trim() }),
      ...(pool !== '' && { pool }),
      dry_run: dryRun,
    },
  });
  const preview = useMutation(requestScanMutation());
  const start = useMutation({
    ...requestScanMutation(),
    onSuccess: async (run) => {
      void cache.invalidateQueries({ queryKey: listScansQueryKey() });
      void cache.invalidateQueries({ queryKey: getDashboardQueryKey() });
      if (isRun(run)) await navigate({ to: '/o/$org/scans/$run', params: { org, run: run.id } });
    },
  });
  const kept = {
    onSuccess: async () => {
      void cache.invalidateQueries({ queryKey: listSchedulesQueryKey() });
      say('The schedule is kept.');
      await navigate({ to: '/o/$org/scans', params: { org } });
    },
  };
  const create = useMutation({ ...createScheduleMutation(), ...kept });
  const update = useMutation({ ...updateScheduleMutation(), ...kept });
  const submit = (values: FormData) => {
    if (!when) return start.mutate(request(false));
    const { every, weekday, day, at, zone } = when;
    const body = {
      name: String(values.get('name') ?? '').trim(),
      asset_ids: targets === 'every' ? [] : [...targets],
      ...{ profile, policy, pool, ports: ports.trim() },
      ...{ every, weekday, day, at, zone, paused: changed?.paused ?? false },
    };
    if (changed) update.mutate({ path: { id: changed.id }, body });
    else create.mutate({ body });
  };
  // A preview speaks of what was chosen then.
  const forget = () => preview.reset();
  const problem = start.error ?? create.error ?? update.error ?? preview.error;
  const plan = preview.data && !isRun(preview.data) ? preview.data : undefined;

  return (
    <Form className="gap-6!" onSubmit={submit} errors={problem ? asProblem(problem).byField() : {}}>
      <RadioCards
        legend="Profile"
        name="profile"
        value={profile}
        options={options(PROFILES, profileWord)}
        onChange={(value) => {
          setProfile(value);
          forget();
        }}
      />
      <RadioCards
        legend="Policy"
        name="policy"
        value={policy}
        options={options(POLICIES, policyWord)}
        onChange={(value) => {
          setPolicy(value);
          forget();
        }}
      />
      <Targets
        assets={assets}
        isCut={props.isCut}
        chosen={targets}
        onChange={(next) => {
          setTargets(next);
          forget();
        }}
      />
      <TextField
        label="Ports"
        name="ports"
        value={ports}
        onChange={(event) => {
          setPorts(event.currentTarget.value);
          forget();
        }}
        placeholder="22,80,443,8000-8100"
        hint="Optional; the profile's ports when empty."
      />
      {pools.length > 0 && (
        <Choice
          label="Scanned by"
          value={pool}
          options={[
            ['', 'the default pool'],
            ['shared', 'the shared scanners'],
            ...pools.map(
              ({ id, name, workers }) => [id, workers > 0 ? name : `${name} (no scanner)`] as const,
            ),
          ]}
          onChange={(next) => {
            setPool(next);
            forget();
          }}
        />
      )}
      {like && 'seq' in like && (
        <p className="text-sm text-ink-muted">
          Targets, profile and policy are those of #{like.seq}; ports it was given are not kept.
        </p>
      )}
      <Times value={when} name={changed?.name} onChange={setWhen} />
      <ProblemNotice error={problem} />
      {plan && <PlanCard plan={plan} assets={assets} profile={profile} pool={pool} />}
      <div className="flex flex-wrap gap-2">
        <Button
          busy={preview.isPending}
          disabled={isNothing}
          onClick={() => preview.mutate(request(true))}
        >
          What would be touched?
        </Button>
        <Button
          type="submit"
          look="primary"
          busy={start.isPending || create.isPending || update.isPending}
          disabled={isNothing}
        >
          {when
            ? 'Keep the schedule'
            : start.isPending
              ? 'Starting…'
              : `Scan ${targets === 'every' ? 'every verified asset' : count(targets.size, 'asset')}`}
        </Button>
      </div>
    </Form>
  );
}

/** Now, or by itself: a schedule that is changed stays one. */
function Times(props: {
  value: When | undefined;
  /** Of the schedule that is changed. */
  name: string | undefined;
  onChange: (when: When | undefined) => void;
}) {
  const { value, name, onChange } = props;
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-1.5 text-sm font-medium">When</legend>
      {name === undefined && (
        <label className="flex items-center gap-2.5 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={value !== undefined}
            onChange={(event) => onChange(event.target.checked ? anEarlyMonday() : undefined)}
          />
          By itself, again and again
        </label>
      )}
      {value && (
        <>
          <TextField label="Name" name="name" required maxLength={60} defaultValue={name} />
          <WhenFields value={value} onChange={onChange} />
        </>
      )}
    </fieldset>
  );
}

function isRun(answer: Plan | Run): answer is Run {
  return 'id' in answer;
}

function PlanCard(props: {
  plan: Plan;
  assets: readonly Asset[];
  profile: Run['profile'];
  pool: string;
}) {
  const { plan, assets, profile, pool } = props;
  const nameOf = (id: string) => assets.find((asset) => asset.id === id)?.value ?? id;
  return (
    <Card title="What would be touched">
      <div role="status">
        <Facts
          rows={[
            ['Hosts', plan.hosts.toLocaleString('en')],
            ['Questions (cells)', plan.cells.toLocaleString('en')],
            ['Jobs', plan.jobs.toLocaleString('en')],
            ['Will take', <WillTake key="time" {...{ plan, profile, pool }} />],
          ]}
        />
      </div>
      {plan.refused.length > 0 && (
        <div className="text-sm">
          <p className="font-medium">Left out</p>
          <ul className="list-disc pl-5">
            {plan.refused.map((refused) => (
              <li key={refused.asset_id}>
                {nameOf(refused.asset_id)}: {refused.reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

/** Judged by the runs before; without one it is not made up. */
function WillTake({ plan, ...wanted }: { plan: Plan; profile: Run['profile']; pool: string }) {
  const mayRead = useMay('runs:read');
  const before = useQuery({
    ...listScansOptions({ query: { state: 'completed', limit: BEFORE } }),
    enabled: mayRead,
  });
  if (before.isLoading) return <span className="text-ink-muted">…</span>;
  const guess = before.data && estimate(plan, wanted, before.data.items);
  if (!guess)
    return (
      <span className="text-ink-muted">
        {before.isError || !mayRead
          ? 'not known: the scans before could not be read'
          : 'not known before the first scan of this profile is over'}
      </span>
    );
  return (
    <>
      {estimateWord(guess)}{' '}
      <span className="text-ink-muted">once it begins, as {count(guess.runs, 'scan')} before</span>
    </>
  );
}
