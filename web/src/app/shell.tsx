/** What stands around every signed-in screen: organization, navigation, connection, account. */
import { Link, Outlet, useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { ChevronsUpDown, CircleUser, Search, TowerControl } from 'lucide-react';
import { type Dispatch, lazy, type SetStateAction, Suspense, useEffect, useState } from 'react';
import type { LiveState } from '@/live/connection';
import { useLiveState, useTopic } from '@/live/live';
import { Button } from '@/ui/button';
import { classes } from '@/ui/classes';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { Waiting } from '@/ui/screen';
import { sayProblem } from '@/ui/toast';
import { ImpersonationBanner } from './impersonation-banner';
import { PaymentBanner } from './payment-notice';
import { useStartHidden } from './preferences';
import { lately, rememberOrganization } from './recent-organizations';
import { useScreens } from './screens';
import { useMay, useMe, useOrg, useSignOut } from './session';
import { Shortcuts } from './shortcuts';
import { useWorld } from './world';

export function Shell() {
  const org = useOrg();
  const screens = useScreens();
  const isHidden = useStartHidden(org, useMe().user.id);
  const mayRead = useMay('exposures:read');
  const [finding, setFinding] = useState(false);
  // Held open by the shell, so that moving between screens does not reconnect.
  useTopic('changes', () => undefined);
  useEffect(() => rememberOrganization(org), [org]);
  return (
    <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_1fr] md:grid-cols-[14.5rem_minmax(0,1fr)] md:grid-rows-1">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-ink"
      >
        Skip to content
      </a>
      <header
        data-shell
        className="flex min-w-0 flex-wrap items-center gap-2 border-b border-line bg-surface p-3 md:sticky md:top-0 md:h-dvh md:flex-col md:flex-nowrap md:items-stretch md:border-r md:border-b-0"
      >
        <Organizations onFind={() => setFinding(true)} />
        <Find open={finding} onOpenChange={setFinding} />
        <nav
          aria-label="Screens"
          className="order-last flex w-full gap-0.5 overflow-x-auto md:order-none md:mt-2 md:grid md:-mx-1 md:min-h-0 md:overflow-y-auto md:px-1 md:py-1"
        >
          {screens.slice(isHidden ? 1 : 0).map(({ to, name, icon: Icon }) => (
            <Link
              key={to}
              to={to}
              params={{ org }}
              className="flex shrink-0 items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm font-medium text-ink-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-tint aria-[current=page]:text-accent"
            >
              <Icon size={17} aria-hidden />
              {name}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex flex-wrap items-center justify-end gap-2 md:mt-auto md:ml-0 md:grid md:justify-stretch md:gap-1.5">
          <ConnectionDot />
          {mayRead && (
            <Suspense>
              <NewsBell key={org} />
            </Suspense>
          )}
          <Account />
        </div>
      </header>
      {/* Another organization is another world: nothing below keeps its state. */}
      <div className="min-w-0">
        <ImpersonationBanner />
        <main key={org} id="main" tabIndex={-1} className="min-w-0 p-4 outline-none md:p-7">
          <Content />
        </main>
      </div>
      <Shortcuts />
    </div>
  );
}

/** The screen, unless the session is, or is going, somewhere else than the address says. */
function Content() {
  const world = useWorld();
  const here = useOrg();
  const { org } = useParams({ strict: false });
  const isGoing = useRouterState({ select: ({ status }) => status === 'pending' });
  const isAway = org !== undefined && org !== here;
  if (world === 'moving' || (isAway && isGoing)) return <Waiting what="the organization" />;
  if (org !== undefined && (isAway || world === 'elsewhere'))
    return (
      <Suspense>
        <Elsewhere org={org} />
      </Suspense>
    );
  return (
    <>
      <PaymentBanner />
      <Outlet />
    </>
  );
}

/** Fetched when they are first wanted. */
const Elsewhere = lazy(() =>
  import('./elsewhere').then(({ Elsewhere }) => ({ default: Elsewhere })),
);
const NewsBell = lazy(() => import('./news-bell').then(({ NewsBell }) => ({ default: NewsBell })));
const Palette = lazy(() => import('./palette').then(({ Palette }) => ({ default: Palette })));

/** Everything by name, from anywhere: with ⌘K or Ctrl K, also while single keys are off. */
function Find(props: { open: boolean; onOpenChange: Dispatch<SetStateAction<boolean>> }) {
  const { open, onOpenChange: setOpen } = props;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpen((was) => !was);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [setOpen]);
  return (
    <>
      <Button look="secondary" size="small" onClick={() => setOpen(true)} className="md:w-full">
        <Search size={14} aria-hidden /> Find
        <kbd className="ml-auto hidden font-mono text-xs text-ink-muted md:inline">Ctrl K</kbd>
      </Button>
      {open && (
        <Suspense>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

/** Offered at once; more are found by name. */
const ORGANIZATIONS = 8;

function Organizations({ onFind }: { onFind: () => void }) {
  const me = useMe();
  const screens = useScreens();
  // The same screen of the other organization; what is on it has no counterpart there.
  const at = useRouterState({ select: ({ matches }) => matches.at(-1)?.fullPath });
  const screen = screens.find(({ to }) => to === at)?.to ?? '/o/$org/changes';
  const navigate = useNavigate();
  return (
    <Menu
      trigger={
        <Button
          look="quiet"
          className="max-w-64 justify-between! md:w-full"
          aria-label={`Organization: ${me.organization.name}`}
        >
          <span className="flex min-w-0 items-center gap-2">
            <TowerControl size={18} aria-hidden className="shrink-0 text-accent" />
            <span className="truncate">{me.organization.name}</span>
          </span>
          <ChevronsUpDown size={14} aria-hidden className="shrink-0" />
        </Button>
      }
    >
      {lately(me.organizations, me.organization.tenant_key, ORGANIZATIONS).map((each) => (
        <MenuItem
          key={each.tenant_key}
          checked={each.tenant_key === me.organization.tenant_key}
          onClick={() => void navigate({ to: screen, params: { org: each.tenant_key } })}
        >
          <span className="grid">
            <span>{each.name}</span>
            <span className="text-xs text-ink-muted">{each.role}</span>
          </span>
        </MenuItem>
      ))}
      {me.organizations.length > ORGANIZATIONS && (
        <MenuItem onClick={onFind}>Find one of {me.organizations.length}…</MenuItem>
      )}
      <MenuLine />
      <MenuItem onClick={() => void navigate({ to: '/me' })}>New organization…</MenuItem>
    </Menu>
  );
}

function Account() {
  const me = useMe();
  const isStaff = useMay('platform:operate');
  const navigate = useNavigate();
  const signOut = useSignOut();
  return (
    <Menu
      trigger={
        <Button
          look="quiet"
          size="small"
          className="max-w-52 justify-start! md:w-full"
          aria-label={`Account: ${me.user.display_name || me.user.email}`}
        >
          <CircleUser size={16} aria-hidden className="shrink-0" />
          <span className="truncate">{me.user.display_name || me.user.email}</span>
        </Button>
      }
    >
      <MenuItem onClick={() => void navigate({ to: '/me' })}>Profile and theme</MenuItem>
      {isStaff && <MenuItem onClick={() => void navigate({ to: '/platform' })}>Platform</MenuItem>}
      <MenuItem onClick={() => void signOut().catch(sayProblem)}>Sign out</MenuItem>
    </Menu>
  );
}

const DOT: Record<LiveState, [says: string, look: string]> = {
  live: ['Live', 'bg-good'],
  connecting: ['Connecting', 'bg-medium'],
  reconnecting: ['Reconnecting', 'bg-medium animate-pulse'],
  idle: ['Not connected', 'bg-line-strong'],
};

function ConnectionDot() {
  const [says, look] = DOT[useLiveState()];
  return (
    <p role="status" className="flex items-center gap-2 px-2.5 text-xs text-ink-muted">
      <span aria-hidden className={classes('size-2 rounded-full', look)} />
      {says}
    </p>
  );
}
