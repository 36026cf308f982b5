/** The contract's words as people read them. One table each, so that no screen words its own. */
import type { Asset, Event, Exposure, Run } from '@/client';

export type Severity = Exposure['severity'];
export type ExposureState = Exposure['state'];
export type EventType = Event['type'];
export type Decision = NonNullable<Exposure['decision']>;
export type RunState = Run['state'];

/** Worst first. */
export const SEVERITIES = [
  'critical',
  'high',
  'medium',
  'low',
  'info',
] as const satisfies Severity[];
export const STATES = [
  'open',
  'unresponsive',
  'fixed',
  'retired',
  'stale_check',
] as const satisfies ExposureState[];
export const EVENT_TYPES = [
  'NEW',
  'CHANGED',
  'REOPENED',
  'FIXED',
  'UNRESPONSIVE',
  'RESPONSIVE',
  'STILL_OPEN',
  'RETIRED',
  'STALE_CHECK',
] as const satisfies EventType[];
export const DECISIONS = [
  'acknowledge',
  'fix_in_progress',
  'request_verify',
  'accept_risk',
  'false_positive',
  'reopen',
] as const satisfies Decision[];
export const ASSET_KINDS = ['domain', 'ip', 'cidr'] as const satisfies Asset['kind'][];
export const PROFILES = ['fast_recheck', 'baseline', 'deep'] as const satisfies Run['profile'][];
export const POLICIES = ['passive', 'safe', 'intrusive'] as const satisfies Run['policy'][];
export const RUN_KINDS = ['on_demand', 'scheduled', 'verify'] as const satisfies Run['kind'][];

export const severityWord: Record<Severity, string> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
};

export const stateWord: Record<ExposureState, string> = {
  open: 'Open',
  unresponsive: 'Unresponsive',
  fixed: 'Fixed',
  retired: 'Retired',
  stale_check: 'Check withdrawn',
};

export const eventWord: Record<EventType, string> = {
  NEW: 'New',
  CHANGED: 'Changed',
  FIXED: 'Fixed',
  UNRESPONSIVE: 'Unresponsive',
  RESPONSIVE: 'Answers again',
  REOPENED: 'Reopened',
  STILL_OPEN: 'Still open',
  RETIRED: 'Retired',
  STALE_CHECK: 'Check withdrawn',
};

/** What somebody decided, as a state of affairs. */
export const decisionWord: Record<Decision, string> = {
  acknowledge: 'Acknowledged',
  assign: 'Assigned',
  fix_in_progress: 'Fix in progress',
  request_verify: 'Verification asked',
  accept_risk: 'Risk accepted',
  false_positive: 'False positive',
  reopen: 'Reopened',
  note: 'Noted',
  tag: 'Tagged',
  untag: 'Untagged',
};

export const runStateWord: Record<RunState, string> = {
  created: 'Created',
  queued: 'Queued',
  running: 'Running',
  processing: 'Processing',
  completed: 'Completed',
  partial: 'Partial',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

export const profileWord: Record<Run['profile'], { name: string; says: string }> = {
  fast_recheck: { name: 'Fast recheck', says: 'Looks again at what is known. The least traffic.' },
  baseline: { name: 'Baseline', says: 'Common ports and every safe check. The usual choice.' },
  deep: { name: 'Deep', says: 'All 65,535 ports, every check and template. Slow.' },
  verify: { name: 'Verify', says: 'Only the checks that found it.' },
};

export const policyWord: Record<Run['policy'], { name: string; says: string }> = {
  passive: { name: 'Passive', says: 'Connects and listens, asks nothing unusual.' },
  safe: { name: 'Safe', says: 'Harmless requests that change nothing.' },
  intrusive: { name: 'Intrusive', says: 'May leave traces in logs and load a weak host.' },
};

export const runKindWord: Record<Run['kind'], string> = {
  scheduled: 'Scheduled',
  on_demand: 'On demand',
  verify: 'Verification',
};

/** A run that will not change any more. */
export function isOver(state: RunState): boolean {
  return (
    state === 'completed' || state === 'partial' || state === 'failed' || state === 'cancelled'
  );
}

/** `host:port`, with brackets where IPv6 needs them; port 0 means none. */
export function place(host: string, port: number): string {
  if (port === 0) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `1 exposure`, `12,400 exposures`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
