/** States and severities: an icon and a word, the colour only underlines them. */
import {
  Archive,
  CircleAlert,
  CircleCheck,
  CircleDot,
  CircleHelp,
  CircleMinus,
  Flame,
  Hourglass,
  Info,
  Loader,
  type LucideIcon,
  OctagonAlert,
  Pencil,
  RotateCcw,
  ShieldCheck,
  ShieldQuestion,
  Sparkles,
  TriangleAlert,
} from 'lucide-react';
import type { Exposure } from '@/client';
import {
  decisionWord,
  type EventType,
  type ExposureState,
  eventWord,
  type RunState,
  runStateWord,
  type Severity,
  severityWord,
  stateWord,
} from '@/say/words';
import { classes } from './classes';

type Tone = 'critical' | 'high' | 'medium' | 'low' | 'info' | 'good' | 'unproven' | 'accent';

const TONE: Record<Tone, string> = {
  critical: 'bg-critical-tint text-critical',
  high: 'bg-high-tint text-high',
  medium: 'bg-medium-tint text-medium',
  low: 'bg-low-tint text-low',
  info: 'bg-info-tint text-info',
  good: 'bg-good-tint text-good',
  unproven: 'bg-unproven-tint text-unproven',
  accent: 'bg-accent-tint text-accent',
};

/** A word with an icon on a tint. */
export function Badge(props: {
  tone: Tone;
  icon?: LucideIcon;
  children: string;
  className?: string;
}) {
  const Icon = props.icon;
  return (
    <span
      className={classes(
        'inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 text-[0.8125rem] font-medium whitespace-nowrap',
        TONE[props.tone],
        props.className,
      )}
    >
      {Icon && <Icon size={14} aria-hidden />}
      {props.children}
    </span>
  );
}

const SEVERITY_ICON: Record<Severity, LucideIcon> = {
  critical: Flame,
  high: OctagonAlert,
  medium: TriangleAlert,
  low: CircleAlert,
  info: Info,
};

export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <Badge tone={severity} icon={SEVERITY_ICON[severity]}>
      {severityWord[severity]}
    </Badge>
  );
}

const STATE: Record<ExposureState, [Tone, LucideIcon]> = {
  open: ['high', CircleDot],
  unresponsive: ['unproven', CircleHelp],
  fixed: ['good', CircleCheck],
  retired: ['info', Archive],
  stale_check: ['info', CircleMinus],
};

export function StateBadge({ state }: { state: ExposureState }) {
  const [tone, icon] = STATE[state];
  return (
    <Badge tone={tone} icon={icon}>
      {stateWord[state]}
    </Badge>
  );
}

const EVENT: Record<EventType, [Tone, LucideIcon]> = {
  NEW: ['accent', Sparkles],
  CHANGED: ['medium', Pencil],
  FIXED: ['good', CircleCheck],
  UNRESPONSIVE: ['unproven', CircleHelp],
  RESPONSIVE: ['low', CircleDot],
  REOPENED: ['critical', RotateCcw],
  STILL_OPEN: ['high', CircleDot],
  RETIRED: ['info', Archive],
  STALE_CHECK: ['info', CircleMinus],
};

export function EventBadge({ type }: { type: EventType }) {
  const [tone, icon] = EVENT[type];
  return (
    <Badge tone={tone} icon={icon}>
      {eventWord[type]}
    </Badge>
  );
}

const RUN: Record<RunState, [Tone, LucideIcon]> = {
  created: ['info', Hourglass],
  queued: ['info', Hourglass],
  running: ['accent', Loader],
  processing: ['accent', Loader],
  completed: ['good', CircleCheck],
  partial: ['medium', TriangleAlert],
  failed: ['critical', OctagonAlert],
  cancelled: ['info', CircleMinus],
};

export function RunBadge({ state }: { state: RunState }) {
  const [tone, icon] = RUN[state];
  return (
    <Badge tone={tone} icon={icon}>
      {runStateWord[state]}
    </Badge>
  );
}

/** What was decided, where it still says something: nobody is fixing what is fixed. */
export function DecisionBadge({ of }: { of: Pick<Exposure, 'state' | 'decision'> }) {
  const isSolved = of.state !== 'open' && of.state !== 'unresponsive';
  if (!of.decision || isSolved) return null;
  return <Badge tone="low">{decisionWord[of.decision]}</Badge>;
}

export function VerifiedBadge({ verified }: { verified: boolean }) {
  return verified ? (
    <Badge tone="good" icon={ShieldCheck}>
      Verified
    </Badge>
  ) : (
    <Badge tone="medium" icon={ShieldQuestion}>
      Not verified
    </Badge>
  );
}
