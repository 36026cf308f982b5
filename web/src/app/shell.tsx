/** What stands around every signed-in screen: organization, navigation, connection, account. */
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import {
  Activity,
  Bell,
  Bug,
  ChevronsUpDown,
  CircleUser,
  CreditCard,
  FileText,
  KeyRound,
  ListChecks,
  LogIn,
  type LucideIcon,
  Radar,
  ScrollText,
  Server,
  TowerControl,
  Users,
  Wrench,
} from 'lucide-react';
import type { LiveState } from '@/live/connection';
import { useLiveState, useTopic } from '@/live/live';
import { Button } from '@/ui/button';
import { classes } from '@/ui/classes';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { sayProblem } from '@/ui/toast';
import { ImpersonationBanner } from './impersonation-banner';
import { PaymentBanner } from './payment-notice';
import { useMay, useMe, useOrg, useSignOut } from './session';
import { Shortcuts } from './shortcuts';

const SCREENS = [
  { to: '/o/$org/start', name: 'Start', icon: ListChecks },
  { to: '/o/$org/changes', name: 'Changes', icon: Activity },
  { to: '/o/$org/exposures', name: 'Exposures', icon: Bug },
  { to: '/o/$org/fixes', name: 'Fixes', icon: Wrench },
  { to: '/o/$org/assets', name: 'Assets', icon: Server },
  { to: '/o/$org/scans', name: 'Scans', icon: Radar },
  { to: '/o/$org/reports', name: 'Reports', icon: FileText },
  { to: '/o/$org/team', name: 'Team', icon: Users },
  { to: '/o/$org/audit', name: 'Audit', icon: ScrollText },
  { to: '/o/$org/settings/notifications', name: 'Notifications', icon: Bell },
  { to: '/o/$org/settings/api-keys', name: 'API keys', icon: KeyRound },
  { to: '/o/$org/settings/single-sign-on', name: 'Single sign-on', icon: LogIn },
  { to: '/o/$org/settings/billing', name: 'Billing', icon: CreditCard },
] as const satisfies { to: string; name: string; icon: LucideIcon }[];

export function Shell() {
  const org = useOrg();
  // Held open by the shell, so that moving between screens does not reconnect.
  useTopic('changes', () => undefined);
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
        <Organizations />
        <nav
          aria-label="Screens"
          className="order-last flex w-full gap-0.5 overflow-x-auto md:order-none md:mt-2 md:grid md:overflow-visible"
        >
          {SCREENS.map(({ to, name, icon: Icon }) => (
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
        <div className="ml-auto flex items-center gap-2 md:mt-auto md:ml-0 md:grid md:gap-1.5">
          <ConnectionDot />
          <Account />
        </div>
      </header>
      {/* Another organization is another world: nothing below keeps its state. */}
      <div className="min-w-0">
        <ImpersonationBanner />
        <main key={org} id="main" tabIndex={-1} className="min-w-0 p-4 outline-none md:p-7">
          <PaymentBanner />
          <Outlet />
        </main>
      </div>
      <Shortcuts />
    </div>
  );
}

function Organizations() {
  const me = useMe();
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
      {me.organizations.map((each) => (
        <MenuItem
          key={each.tenant_key}
          checked={each.tenant_key === me.organization.tenant_key}
          onClick={() => void navigate({ to: '/o/$org/changes', params: { org: each.tenant_key } })}
        >
          <span className="grid">
            <span>{each.name}</span>
            <span className="text-xs text-ink-muted">{each.role}</span>
          </span>
        </MenuItem>
      ))}
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
          aria-label={`Account: ${me.user.email}`}
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
