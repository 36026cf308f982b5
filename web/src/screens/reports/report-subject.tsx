/** What a report is about: the run, or the filter. */
import { Link } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import type { Report } from '@/client';
import { Inert } from '@/ui/inert';

export function ReportSubject({ report }: { report: Report }) {
  const org = useOrg();
  if (report.run_id) {
    return (
      <Link
        to="/o/$org/scans/$run"
        params={{ org, run: report.run_id }}
        className="text-accent underline"
      >
        a run
      </Link>
    );
  }
  const said = report.view_name || report.filter || 'everything';
  return (
    <span className="break-words">
      <Inert>{said}</Inert>
    </span>
  );
}
