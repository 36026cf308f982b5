/** How far a report is. */
import type { Report } from '@/client';
import { Badge } from '@/ui/badge';

export function ReportBadge({ report }: { report: Report }) {
  if (report.state === 'ready') return <Badge tone="good">Ready</Badge>;
  if (report.state === 'failed') return <Badge tone="critical">Failed</Badge>;
  return <Badge tone="accent">Being written</Badge>;
}
