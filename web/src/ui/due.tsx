/** By when something has to be mended, and how its clock stands. */
import { AlarmClockOff, CirclePause } from 'lucide-react';
import type { Exposure } from '@/client';
import { Badge } from './badge';
import { Moment } from './moment';

/** Nothing where nobody is asked to mend it. */
export function Due({ of }: { of: Pick<Exposure, 'sla' | 'due_at'> }) {
  if (of.sla === 'paused')
    return (
      <Badge tone="info" icon={CirclePause}>
        Clock stopped
      </Badge>
    );
  if (of.sla === 'breached')
    return (
      <span className="inline-flex flex-wrap items-center gap-1.5">
        <Overdue />
        {of.due_at && <Moment at={of.due_at} />}
      </span>
    );
  return of.sla === 'within' && of.due_at ? <Moment at={of.due_at} /> : null;
}

/** The time to mend it is over. */
export function Overdue() {
  return (
    <Badge tone="critical" icon={AlarmClockOff}>
      Overdue
    </Badge>
  );
}
