/** The screens of an organization as the navigation and the palette name them. */
import {
  Activity,
  AlarmClock,
  Bell,
  Bug,
  CalendarClock,
  ChartColumn,
  CreditCard,
  FileText,
  KeyRound,
  ListChecks,
  LogIn,
  type LucideIcon,
  Plug,
  Radar,
  ScrollText,
  Server,
  Users,
  Waypoints,
  Wrench,
} from 'lucide-react';
import { useMe } from './session';

/** `needs`, and `also`: the permissions without which everything on it would be refused. */
const SCREENS = [
  // The first: the shell leaves it out of the menu of who put it away.
  { to: '/o/$org/start', name: 'Start', icon: ListChecks },
  { to: '/o/$org/changes', name: 'Changes', icon: Activity, needs: 'exposures:read' },
  { to: '/o/$org/exposures', name: 'Exposures', icon: Bug, needs: 'exposures:read' },
  { to: '/o/$org/fixes', name: 'Fixes', icon: Wrench, needs: 'exposures:read' },
  { to: '/o/$org/assets', name: 'Assets', icon: Server, needs: 'assets:read' },
  { to: '/o/$org/scans', name: 'Scans', icon: Radar, needs: 'runs:read' },
  { to: '/o/$org/trends', name: 'Trends', icon: ChartColumn, needs: 'exposures:read' },
  {
    to: '/o/$org/graph',
    name: 'Graph',
    icon: Waypoints,
    needs: 'exposures:read',
    also: 'assets:read',
  },
  { to: '/o/$org/reports', name: 'Reports', icon: FileText, needs: 'reports:read' },
  { to: '/o/$org/team', name: 'Team', icon: Users, needs: 'organization:read' },
  { to: '/o/$org/audit', name: 'Audit', icon: ScrollText, needs: 'audit:read' },
  {
    to: '/o/$org/settings/notifications',
    name: 'Notifications',
    icon: Bell,
    needs: 'organization:read',
  },
  {
    to: '/o/$org/settings/deadlines',
    name: 'Deadlines',
    icon: AlarmClock,
    needs: 'exposures:read',
  },
  { to: '/o/$org/settings/branding', name: 'Branding', icon: FileText, needs: 'reports:read' },
  {
    to: '/o/$org/settings/transparency',
    name: 'Transparency',
    icon: ScrollText,
    needs: 'organization:read',
  },
  { to: '/o/$org/settings/pools', name: 'Private pools', icon: Server, needs: 'runs:read' },
  {
    to: '/o/$org/settings/scan-windows',
    name: 'Scan windows',
    icon: CalendarClock,
    needs: 'organization:read',
  },
  {
    to: '/o/$org/settings/integrations',
    name: 'Integrations',
    icon: Plug,
    needs: 'organization:read',
  },
  { to: '/o/$org/settings/api-keys', name: 'API keys', icon: KeyRound, needs: 'keys:manage' },
  {
    to: '/o/$org/settings/single-sign-on',
    name: 'Single sign-on',
    icon: LogIn,
    needs: 'sso:manage',
  },
  { to: '/o/$org/settings/billing', name: 'Billing', icon: CreditCard, needs: 'billing:manage' },
] as const satisfies {
  to: string;
  name: string;
  icon: LucideIcon;
  needs?: string;
  also?: string;
}[];

/** Those that this person can do something on. */
export function useScreens() {
  const { permissions } = useMe();
  return SCREENS.filter(
    (screen) =>
      (!('needs' in screen) || permissions.includes(screen.needs)) &&
      (!('also' in screen) || permissions.includes(screen.also)),
  );
}
