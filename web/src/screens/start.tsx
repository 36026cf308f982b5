/** The first steps; each ticks itself from what is really there, never from a click. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Circle, CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { asProblem } from '@/api/problem';
import { lastLook } from '@/app/last-look';
import { hideStart, useStartHidden } from '@/app/preferences';
import { useMay, useMe, useOrg } from '@/app/session';
import {
  getDashboardOptions,
  getDashboardQueryKey,
  getMfaOptions,
  getNotificationSettingsOptions,
  listAssetsOptions,
  listInvitationsOptions,
  listMembersOptions,
  listPasskeysOptions,
} from '@/client/@tanstack/react-query.gen';
import { useTopic } from '@/live/live';
import { count, isOver } from '@/say/words';
import { Button, ButtonLink } from '@/ui/button';
import { classes } from '@/ui/classes';
import { ProblemNotice } from '@/ui/problem-notice';
import { Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';

interface Step {
  title: string;
  why: string;
  done: boolean;
  action: ReactNode;
}

export function Start() {
  // Whoever cannot add anything has other first steps.
  return useMay('assets:write') ? <SetUp /> : <Settle />;
}

function SetUp() {
  const org = useOrg();
  const cache = useQueryClient();
  const mayScan = useMay('runs:create');
  const mayNotify = useMay('notifications:manage');
  const dashboard = useQuery(getDashboardOptions());
  const waiting = useQuery(listAssetsOptions({ query: { state: 'unverified', limit: 1 } }));
  const settings = useQuery({ ...getNotificationSettingsOptions(), enabled: mayNotify });
  const mayInvite = useMay('members:manage');
  const members = useQuery({ ...listMembersOptions(), enabled: mayInvite });
  const invited = useQuery({ ...listInvitationsOptions(), enabled: mayInvite });
  useTopic('changes', () => void cache.invalidateQueries({ queryKey: getDashboardQueryKey() }));

  if (dashboard.isPending || waiting.isPending) return <Waiting what="where you are" />;
  if (dashboard.isError)
    return <ProblemNotice error={dashboard.error} retry={() => void dashboard.refetch()} />;

  const { assets, last_run } = dashboard.data;
  const unproved = waiting.data?.items[0];
  const steps: Step[] = [
    {
      title: 'Add something you own',
      why: 'A domain, an address or a network. Nothing is touched yet.',
      done: assets.total > 0,
      action: (
        <ButtonLink to="/o/$org/assets" params={{ org }} look="primary">
          Add an asset
        </ButtonLink>
      ),
    },
    {
      title: 'Prove that it is yours',
      why: 'A DNS record or a small file. Only verified assets are ever scanned.',
      done: assets.verified > 0,
      action: unproved && (
        <ButtonLink to="/o/$org/assets/$id/verify" params={{ org, id: unproved.id }} look="primary">
          Verify {unproved.value}
        </ButtonLink>
      ),
    },
    {
      title: 'Run the first scan',
      why: 'It shows what is exposed today; every later scan shows what changed.',
      done: last_run != null && isOver(last_run.state),
      action: last_run ? (
        <ButtonLink to="/o/$org/scans/$run" params={{ org, run: last_run.id }} look="primary">
          Watch the scan
        </ButtonLink>
      ) : (
        mayScan &&
        assets.verified > 0 && (
          <ButtonLink to="/o/$org/scans/new" params={{ org }} look="primary">
            Start a scan
          </ButtonLink>
        )
      ),
    },
    ...(mayNotify
      ? [
          {
            title: 'Say who should hear of changes',
            why: 'One mail for what changed in a run, nothing for what did not.',
            done: settings.data?.email_enabled === true,
            action: (
              <ButtonLink to="/o/$org/settings/notifications" params={{ org }} look="primary">
                Choose recipients
              </ButtonLink>
            ),
          },
        ]
      : []),
    ...(mayInvite
      ? [
          {
            title: 'Ask somebody in',
            why: 'Who fixes should see what is to be fixed. Each invitation has a role.',
            done: (members.data?.items.length ?? 0) > 1 || (invited.data?.items.length ?? 0) > 0,
            action: (
              <ButtonLink
                to="/o/$org/team"
                params={{ org }}
                search={{ tab: 'invitations' }}
                look="primary"
              >
                Invite somebody
              </ButtonLink>
            ),
          },
        ]
      : []),
  ];
  return <Steps steps={steps} />;
}

/** For those who read and fix: what to know, and an account that stays theirs. */
function Settle() {
  const me = useMe();
  const org = useOrg();
  const factors = useQuery(getMfaOptions());
  const passkeys = useQuery(listPasskeysOptions());
  if (factors.isPending || passkeys.isPending) return <Waiting what="where you are" />;
  // Through somebody else's eyes their second factors cannot be seen.
  const isHidden = factors.isError && asProblem(factors.error).status === 403;
  if (factors.isError && !isHidden)
    return <ProblemNotice error={factors.error} retry={() => void factors.refetch()} />;
  const profile = (
    <ButtonLink to="/me" look="primary">
      Open your profile
    </ButtonLink>
  );
  return (
    <Steps
      steps={[
        {
          title: 'See what changed',
          why: 'New, changed, fixed, silent: the feed begins where you last looked.',
          done: lastLook(org) !== undefined,
          action: (
            <ButtonLink to="/o/$org/changes" params={{ org }} look="primary">
              See what changed
            </ButtonLink>
          ),
        },
        {
          title: 'Prove your mail address',
          why: 'Mail about changes and about your account goes there.',
          done: me.email_verified,
          action: profile,
        },
        ...(isHidden
          ? []
          : [
              {
                title: 'Keep your account yours',
                why: 'A passkey or an authenticator app, so that a password alone opens nothing.',
                done: factors.data?.totp === true || (passkeys.data?.items.length ?? 0) > 0,
                action: profile,
              },
            ]),
      ]}
    />
  );
}

/** Out of the menu and back into it, for this person alone; the steps stay where they are. */
function Hide() {
  const org = useOrg();
  const person = useMe().user.id;
  const isHidden = useStartHidden(org, person);
  return (
    <Button
      onClick={() => {
        hideStart(org, person, !isHidden);
        say(
          isHidden
            ? 'The first steps are in the menu again.'
            : 'The first steps are out of your menu. “Find” still leads here.',
        );
      }}
    >
      {isHidden ? 'Show in the menu' : 'Hide the first steps'}
    </Button>
  );
}

function Steps({ steps }: { steps: readonly Step[] }) {
  const org = useOrg();
  const done = steps.filter((step) => step.done).length;
  const next = steps.find((step) => !step.done);

  return (
    <Screen
      title="Start"
      narrow
      says={next ? `${done} of ${count(steps.length, 'step')} done` : 'Everything is set up.'}
      actions={
        <>
          <Hide />
          {next === undefined && (
            <ButtonLink to="/o/$org/changes" params={{ org }} look="primary">
              See what changed
            </ButtonLink>
          )}
        </>
      }
    >
      <ol className="grid gap-3">
        {steps.map((step) => (
          <li
            key={step.title}
            aria-current={step === next ? 'step' : undefined}
            className={classes(
              'flex flex-wrap items-center gap-4 rounded-xl border bg-surface p-4',
              step === next ? 'border-accent' : 'border-line',
            )}
          >
            {step.done ? (
              <CircleCheck className="text-good" aria-label="Done" />
            ) : (
              <Circle className="text-ink-muted" aria-label="To do" />
            )}
            <div className="min-w-48 flex-1">
              <h2 className="font-semibold">{step.title}</h2>
              <p className="text-sm text-ink-muted">{step.why}</p>
            </div>
            {step === next && step.action}
          </li>
        ))}
      </ol>
    </Screen>
  );
}
