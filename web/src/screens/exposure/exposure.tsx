/** One exposure: what stands, why, what happened, the evidence, and what to do. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMay, useOrg } from '@/app/session';
import type { ExposureDetail } from '@/client';
import {
  explainExposureOptions,
  explainExposureQueryKey,
  getExposureOptions,
  getExposureQueryKey,
  getTimelineQueryKey,
  listMembersOptions,
} from '@/client/@tanstack/react-query.gen';
import { useTopic } from '@/live/live';
import { place } from '@/say/words';
import { DecisionBadge, SeverityBadge, StateBadge } from '@/ui/badge';
import { Button, ButtonLink } from '@/ui/button';
import { CopyLink } from '@/ui/copy-link';
import { Due } from '@/ui/due';
import { Inert, visible } from '@/ui/inert';
import { Hidden } from '@/ui/inert-block';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';
import { Tags } from '@/ui/tags';
import { Actions } from './actions';
import { EvidenceCard } from './evidence';
import { type Secrets, useSecrets } from './reveal';
import { Tickets } from './tickets';
import { TimelineCard } from './timeline';
import { neighbours } from './trail';
import { Urgency } from './urgency';
import { verdict } from './verdict';
import { VerifyWatch } from './verify-watch';

/** How often is looked while an issue is being made, milliseconds. */
const LOOK_AGAIN = 3_000;
const route = getRouteApi('/in/o/$org/exposures/$key');

export function Exposure() {
  const { key } = route.useParams();
  const { run } = route.useSearch();
  const org = useOrg();
  const mayReadAssets = useMay('assets:read');
  const cache = useQueryClient();
  const shown = useSecrets(key);
  const exposure = useQuery({
    ...getExposureOptions({ path: { key } }),
    // Nothing announces that an issue was made.
    refetchInterval: ({ state }) =>
      state.data?.tickets?.some((ticket) => ticket.state === 'claimed') ? LOOK_AGAIN : false,
  });
  const readAnew = () => {
    const path = { path: { key } };
    void cache.invalidateQueries({ queryKey: getExposureQueryKey(path) });
    void cache.invalidateQueries({ queryKey: getTimelineQueryKey(path) });
    void cache.invalidateQueries({ queryKey: explainExposureQueryKey(path) });
  };
  useTopic('changes', (event) => {
    if (event.type === 'resync' || event.data.key === key) readAnew();
  });

  if (exposure.isPending) return <Waiting what="the exposure" />;
  if (exposure.isError)
    return <ProblemNotice error={exposure.error} retry={() => void exposure.refetch()} />;
  const [it, secrets] = shown(exposure.data);
  return (
    <Screen
      title={it.title}
      heading={<Inert>{it.title}</Inert>}
      says={
        <span className="flex flex-wrap items-center gap-2">
          <SeverityBadge severity={it.severity} />
          <StateBadge state={it.state} />
          <DecisionBadge of={it} />
          {it.tags && it.tags.length > 0 && <Tags tags={it.tags} />}
          <span className="font-mono">
            <Inert>{place(it.host, it.port)}</Inert>
          </span>
        </span>
      }
      actions={
        <>
          {mayReadAssets && (
            <ButtonLink
              to="/o/$org/graph"
              params={{ org }}
              search={{ from: `exposure:${key}` }}
              size="small"
            >
              Graph
            </ButtonLink>
          )}
          <CopyLink
            what="the link to this exposure"
            path={`/o/${org}/exposures/${encodeURIComponent(key)}`}
          />
          <Neighbours of={key} />
        </>
      }
    >
      <Verdict it={it} />
      {run && <VerifyWatch runId={run} onOver={readAnew} />}
      <Actions it={it} onDone={readAnew} />
      <ProblemNotice error={secrets.error} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
          <Card title="How to fix it">
            <p className="text-sm whitespace-pre-line">
              {it.remediation || 'No advice is recorded for this check.'}
            </p>
          </Card>
          <EvidenceCard
            key={it.key}
            evidence={it.evidence ?? undefined}
            covered={exposure.data.evidence?.covered ?? 0}
            secrets={secrets}
            host={it.host}
            port={it.port}
          />
        </div>
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
          <Urgency it={it} />
          <Tickets it={it} onDone={readAnew} />
          <About it={it} secrets={secrets} />
          <TimelineCard exposureKey={key} />
        </div>
      </div>
    </Screen>
  );
}

/** The list goes on, without going back to it. */
function Neighbours({ of }: { of: string }) {
  const org = useOrg();
  const { before, after } = neighbours(of);
  return (
    <>
      {(
        [
          ['Previous', 'k', before],
          ['Next', 'j', after],
        ] as const
      ).map(
        ([name, letter, key]) =>
          key && (
            <ButtonLink
              key={letter}
              to="/o/$org/exposures/$key"
              params={{ org, key }}
              data-key={letter}
              size="small"
            >
              {name}
            </ButtonLink>
          ),
      )}
    </>
  );
}

function Verdict({ it }: { it: ExposureDetail }) {
  const why = useQuery(explainExposureOptions({ path: { key: it.key } }));
  return (
    <section
      aria-label="Verdict"
      className="grid gap-2 rounded-xl border border-line bg-surface p-4"
    >
      <p className="text-base font-medium">{verdict(it)}</p>
      {why.data && why.data.because.length > 0 && (
        <ul className="list-disc pl-5 text-sm text-ink-muted">
          {why.data.because.map((reason) => (
            <li key={reason}>
              <Inert>{reason}</Inert>
            </li>
          ))}
        </ul>
      )}
      {why.data && why.data.to_be_fixed.length > 0 && (
        <details className="text-sm">
          <summary className="font-medium">What it takes to be called fixed</summary>
          <ul className="mt-1 list-disc pl-5 text-ink-muted">
            {why.data.to_be_fixed.map((condition) => (
              <li key={condition}>
                <Inert>{condition}</Inert>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function About({ it, secrets }: { it: ExposureDetail; secrets: Secrets }) {
  const org = useOrg();
  return (
    <Card title="About">
      {it.description && <p className="text-sm">{it.description}</p>}
      <Facts
        rows={[
          [
            'Check',
            <Link
              key="check"
              to="/o/$org/exposures"
              params={{ org }}
              search={{ filter: `check:${it.check_id}` }}
              className="font-mono text-[0.8125rem] text-accent underline"
            >
              <Inert>{it.check_id}</Inert>
            </Link>,
          ],
          [
            'Asset',
            <Link
              key="asset"
              to="/o/$org/assets/$id"
              params={{ org, id: it.asset_id }}
              className="text-accent underline"
            >
              open
            </Link>,
          ],
          ...(it.sla === 'none' ? [] : ([['Due', <Due key="due" of={it} />]] as const)),
          ['First seen', <Moment key="first" at={it.first_seen} both />],
          ['Last seen', <Moment key="last" at={it.last_seen} both />],
          ...(it.discriminator
            ? ([['Which', <Inert key="which">{it.discriminator}</Inert>]] as const)
            : []),
          ...(it.assignee
            ? ([['Assigned to', <Person key="assignee" id={it.assignee} />]] as const)
            : []),
          ...(it.cwe.length > 0
            ? ([['Weakness', it.cwe.map((number) => `CWE-${number}`).join(', ')]] as const)
            : []),
          ...Object.entries(it.attributes).map(
            ([name, value]) =>
              [
                visible(name),
                <Value
                  key={name}
                  name={name}
                  value={value}
                  secrets={it.covered_attributes?.includes(name) ? secrets : undefined}
                />,
              ] as const,
          ),
        ]}
      />
      {it.references.length > 0 && (
        <ul className="grid gap-1 text-sm">
          {it.references.map((url) => (
            <li key={url} className="break-all">
              {/^https:\/\//.test(url) ? (
                <a
                  href={url}
                  target="_blank"
                  rel="noreferrer noopener"
                  className="text-accent underline"
                >
                  <Inert>{url}</Inert>
                </a>
              ) : (
                <Inert>{url}</Inert>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** What an attribute says; covered where it seems to be a secret. */
function Value(props: { name: string; value: string; secrets: Secrets | undefined }) {
  const { name, value, secrets } = props;
  if (!secrets) return <Inert>{value}</Inert>;
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      {secrets.isOpen ? <Inert>{value}</Inert> : <Hidden />}
      <Button
        size="small"
        aria-label={`${secrets.isOpen ? 'Hide' : 'Show'} ${visible(name)}`}
        busy={secrets.isPending}
        onClick={secrets.toggle}
      >
        {secrets.isOpen ? 'Hide' : 'Show'}
      </Button>
    </span>
  );
}

/** A member by name, where this person may read it; their id otherwise. */
function Person({ id }: { id: string }) {
  const mayRead = useMay('organization:read');
  const members = useQuery({ ...listMembersOptions(), enabled: mayRead });
  const found = members.data?.items.find(({ user }) => user.id === id);
  return found ? <Inert>{found.user.display_name}</Inert> : id;
}
