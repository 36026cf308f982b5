/** How it goes over time: what is open, what appeared, what was fixed and how long that took. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { KeptSince } from '@/app/kept-since';
import { useMay, useOrg } from '@/app/session';
import type { Trends as TrendsOf } from '@/client';
import {
  getAssetOptions,
  getDashboardOptions,
  getTrendsOptions,
  listAssetTagsOptions,
} from '@/client/@tanstack/react-query.gen';
import { duration } from '@/say/moment';
import { count, SEVERITIES, severityWord } from '@/say/words';
import { SeverityBadge } from '@/ui/badge';
import { Button, ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';
import { Ages, CameAndWent, OpenEachDay, openAtEnd } from './charts';
import { Interrupted } from './interrupted';
import { failedWord, gapsOf, useFailedRuns } from './interruptions';
import { DAYS, daysOf, RANGES, type Range } from './range';

const route = getRouteApi('/in/o/$org/trends');

export function Trends() {
  const { range = '30d', as = 'chart', asset, check, tag } = route.useSearch();
  const mayReadAssets = useMay('assets:read');
  const navigate = route.useNavigate();
  // Held while the range stands, so that a re-render does not ask another question.
  const [now, before] = useMemo(() => daysOf(range, new Date()), [range]);
  const of = narrowed({ asset, check, tag });
  const seen = useQuery({
    ...getTrendsOptions({ query: { ...now, ...of } }),
    placeholderData: keepPreviousData,
  });
  // As long a time again, to compare with.
  const earlier = useQuery(getTrendsOptions({ query: { ...before, ...of } }));
  const first = earlier.data?.kept_since?.slice(0, 10);
  // Days that are kept no longer are no zeros to compare with.
  const whole = first === undefined || first <= before.from ? earlier.data : undefined;
  const set = (next: object) =>
    void navigate({ search: { range, as, asset, check, tag, ...next } });
  // Which runs were of a tag's assets the list of runs does not say.
  const failed = useFailedRuns(of.asset_id, of.asset_tag === undefined);
  const marks = new Map([...failed.byDay].map(([day, runs]) => [day, failedWord(runs)]));
  const isEmpty = seen.data?.days.every((day) => !day.looked && openAtEnd(day) === 0) ?? false;

  return (
    <Screen
      title="Trends"
      says="What is open, what appeared, what was fixed, and how long it took."
    >
      <div className="flex flex-wrap items-center gap-3" data-no-print>
        <Choice
          label="Range"
          value={range}
          onChange={(value) => set({ range: value || undefined })}
          options={RANGES.map((value) => [value, `${DAYS[value]} days`] as const)}
        />
        <Choice
          label="As"
          value={as}
          onChange={(value) => set({ as: value || undefined })}
          options={[
            ['chart', 'Chart'],
            ['table', 'Table'],
          ]}
        />
        {mayReadAssets && !asset && !check && (
          <TagChoice tag={tag} onChoose={(chosen) => set({ tag: chosen || undefined })} />
        )}
        {(asset || check) && (
          <OnlyOf
            asset={asset}
            check={check}
            onAll={() => set({ asset: undefined, check: undefined })}
          />
        )}
      </div>
      <KeptSince />
      {seen.isPending && <Waiting what="how it went" />}
      {seen.isError && <ProblemNotice error={seen.error} retry={() => void seen.refetch()} />}
      {isEmpty && <NothingScanned tag={of.asset_tag} />}
      {seen.data && !isEmpty && (
        <>
          {!seen.data.current && (
            <p role="status" className="text-sm text-ink-muted">
              The newest results are still being added up.
            </p>
          )}
          <Card title="Open at the end of each day">
            <OpenEachDay days={seen.data.days} as={as} marks={marks} />
          </Card>
          <Card title="Appeared and fixed, each day">
            <CameAndWent days={seen.data.days} as={as} marks={marks} />
          </Card>
          <Interrupted
            gaps={gapsOf(seen.data.days, now.to)}
            runs={
              failed.isKnown
                ? seen.data.days.flatMap(({ day }) => failed.byDay.get(day) ?? [])
                : undefined
            }
            error={failed.error}
            retry={() => void failed.refetch()}
          />
          <div className="grid items-start gap-4 lg:grid-cols-2">
            <Card title="In this time">
              <InThisTime seen={seen.data} before={whole} range={range} of={of} />
            </Card>
            <Card title="Open now, by age">
              <Ages ages={seen.data.ages} />
            </Card>
          </div>
        </>
      )}
      {Object.keys(of).length === 0 && <OpenNow />}
    </Screen>
  );
}

/** A part of everything, as it is asked for; nothing in it for all. */
interface Part {
  readonly asset_id?: string;
  readonly check_id?: string;
  readonly asset_tag?: string;
}

/** One of the three: the API takes no two together. */
function narrowed(given: {
  asset: string | undefined;
  check: string | undefined;
  tag: string | undefined;
}): Part {
  if (given.asset) return { asset_id: given.asset };
  if (given.check) return { check_id: given.check };
  return given.tag ? { asset_tag: given.tag } : {};
}

/** The assets of one tag, such as a team's; nothing to choose where no asset bears one. */
function TagChoice(props: { tag: string | undefined; onChoose: (tag: string) => void }) {
  const tags = useQuery(listAssetTagsOptions());
  const listed = tags.data?.items ?? [];
  const isListed = listed.some(({ tag }) => tag === props.tag);
  if (listed.length === 0 && !props.tag) return null;
  return (
    <Choice
      label="Assets"
      value={props.tag ?? ''}
      onChange={props.onChoose}
      options={[
        ['', 'All'],
        ...listed.map(({ tag, assets }) => [tag, `${tag} (${count(assets, 'asset')})`] as const),
        ...(props.tag && !isListed ? [[props.tag, props.tag] as const] : []),
      ]}
    />
  );
}

/** That only a part is shown, and the way back to all. */
function OnlyOf(props: {
  asset: string | undefined;
  check: string | undefined;
  onAll: () => void;
}) {
  const asset = useQuery({
    ...getAssetOptions({ path: { id: props.asset ?? '' } }),
    enabled: props.asset !== undefined,
  });
  return (
    <p className="flex flex-wrap items-center gap-2 text-sm">
      <span className="break-all">
        Only of <Inert>{asset.data?.value ?? props.asset ?? props.check ?? ''}</Inert>
      </span>
      <Button size="small" onClick={props.onAll}>
        Show all
      </Button>
    </p>
  );
}

function NothingScanned({ tag }: { tag: string | undefined }) {
  const org = useOrg();
  return (
    <EmptyState
      title={
        tag === undefined
          ? 'Nothing was scanned in this time'
          : `No asset tagged ${tag} was scanned in this time`
      }
      why="Trends come from comparing runs; without one there is nothing to draw."
      action={
        <ButtonLink to="/o/$org/scans" params={{ org }}>
          Open scans
        </ButtonLink>
      }
    />
  );
}

function InThisTime(props: {
  seen: TrendsOf;
  before: TrendsOf | undefined;
  range: Range;
  of: Part;
}) {
  const org = useOrg();
  const { seen, before, range } = props;
  const { asset_id: asset, ...others } = props.of;
  // The lists narrow by no tag of an asset, and the feed by no check.
  const isListed = Object.keys(others).length === 0;
  const link = (types: ('NEW' | 'REOPENED' | 'FIXED')[], of: 'appeared' | 'fixed') => (
    <>
      {isListed && (range === '7d' || range === '30d') ? (
        <Link
          to="/o/$org/changes"
          params={{ org }}
          search={{ type: types, since: range, ...(asset && { asset }) }}
          className="text-accent underline"
        >
          {count(seen.sums[of], 'change')}
        </Link>
      ) : (
        count(seen.sums[of], 'change')
      )}
      {before && (
        <span className="text-ink-muted">
          {` (${before.sums[of].toLocaleString('en')} in the ${DAYS[range]} days before)`}
        </span>
      )}
    </>
  );
  return (
    <Facts
      rows={[
        ['Appeared', link(['NEW', 'REOPENED'], 'appeared')],
        ['Fixed', link(['FIXED'], 'fixed')],
        ['Of these late', `${seen.sums.fixed_late.toLocaleString('en')}, after their term`],
        ['Mean time to fix', meanTime(seen, before, range)],
        ['Overdue now', <Overdue key="overdue" n={seen.by_sla.breached ?? 0} of={props.of} />],
      ]}
    />
  );
}

function meanTime(seen: TrendsOf, before: TrendsOf | undefined, range: Range): string {
  const { mean_time_to_fix_s: now } = seen.sums;
  const then = before?.sums.mean_time_to_fix_s;
  const was =
    then === null || then === undefined
      ? ''
      : ` (${duration(then * 1_000)} in the ${DAYS[range]} days before)`;
  return now === null ? `nothing was fixed${was}` : `${duration(now * 1_000)}${was}`;
}

function Overdue({ n, of }: { n: number; of: Part }) {
  const org = useOrg();
  if (of.asset_tag) return count(n, 'exposure');
  const part = of.asset_id ? ` asset:${of.asset_id}` : of.check_id ? ` check:${of.check_id}` : '';
  return (
    <Link
      to="/o/$org/exposures"
      params={{ org }}
      search={{ filter: `state:open,unresponsive sla:breached${part}`, sort: 'score' }}
      className="text-accent underline"
    >
      {count(n, 'exposure')}
    </Link>
  );
}

function OpenNow() {
  const org = useOrg();
  const dashboard = useQuery(getDashboardOptions());
  if (!dashboard.data) return null;
  const { by_severity } = dashboard.data;
  return (
    <Card title="Open now, by severity">
      <ul className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
        {SEVERITIES.map((severity) => (
          <li key={severity} className="flex items-center gap-2">
            <SeverityBadge severity={severity} />
            <Link
              to="/o/$org/exposures"
              params={{ org }}
              search={{ filter: `severity:${severity} state:open,unresponsive` }}
              aria-label={`${severityWord[severity]}: ${count(by_severity[severity] ?? 0, 'exposure')}`}
              className="min-w-6 text-accent tabular-nums underline"
            >
              {(by_severity[severity] ?? 0).toLocaleString('en')}
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
