/** States and severities: an icon and a word, the colour only underlines them. */
import {
  Archive,
  CircleAlert,
  CircleCheck,
  CircleDot,
  CircleHelp,
  CircleMinus,
  Flame,
  Gauge,
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
  Swords,
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
  /** Said in place of the word, where that alone says too little. */
  label?: string;
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
      {props.label === undefined ? (
        props.children
      ) : (
        <>
          <span aria-hidden>{props.children}</span>
          <span className="sr-only">{props.label}</span>
        </>
      )}
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

/** From here on a score is told as critical, high and medium; below, as low. */
const URGENT: readonly (readonly [from: number, tone: Tone])[] = [
  [90, 'critical'],
  [70, 'high'],
  [40, 'medium'],
];

/** How urgent, from 0 to 100; the number says it, the tint underlines it. */
export function ScoreBadge({ score }: { score: number }) {
  const tone = URGENT.find(([from]) => score >= from)?.[1] ?? 'low';
  return (
    <Badge tone={tone} icon={Gauge} label={`Urgency ${score} of 100`} className="tabular-nums">
      {String(score)}
    </Badge>
  );
}

/** Attacks with it are known (CISA KEV): it comes before what only might be attacked. */
export function KnownAttacksBadge() {
  return (
    <Badge tone="critical" icon={Swords}>
      Attacked
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
