/** Reports that were asked for, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay, useOrg } from '@/app/session';
import { listReportsInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ListOf, Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { Screen } from '@/ui/screen';
import { KINDS } from './kinds';
import { NewReport } from './new-report';
import { ReportBadge } from './report-badge';
import { ReportSubject } from './report-subject';
import { Schedules } from './schedules';

const route = getRouteApi('/in/o/$org/reports');

/** Milliseconds between looks while one is being written. */
const LOOK_MS = 2_000;

export function Reports() {
  const { run } = route.useSearch();
  const org = useOrg();
  const mayCreate = useMay('reports:create');
  const query = useInfiniteQuery({
    ...listReportsInfiniteOptions({ query: { run_id: run, limit: PAGE_ROWS } }),
    ...keyset,
    refetchInterval: (current) =>
      current.state.data?.pages[0]?.items.some((report) => report.state === 'requested')
        ? LOOK_MS
        : false,
  });
  const items = rows(query.data);
  return (
    <Screen
      title="Reports"
      says="Of a run, or of what fits a filter in a period; as Markdown, HTML and PDF."
      actions={mayCreate && <NewReport />}
    >
      <ListOf
        what="reports"
        query={query}
        items={items}
        empty={
          <EmptyState
            title="No reports yet"
            why="Let one be written of everything that is open, or open a finished scan and let it be summed up."
            action={
              <ButtonLink to="/o/$org/scans" params={{ org }} look="primary">
                Open scans
              </ButtonLink>
            }
          />
        }
      >
        <Table label="Reports" head={['Report', 'For', 'State', 'About', 'Asked']}>
          {items.map((report) => (
            <tr key={report.id}>
              <td>
                <Link
                  to="/o/$org/reports/$id"
                  params={{ org, id: report.id }}
                  data-row
                  className="font-medium hover:underline"
                >
                  {report.title || 'Report'}
                </Link>
              </td>
              <td>{KINDS[report.kind]}</td>
              <td>
                <ReportBadge report={report} />
              </td>
              <td>
                <ReportSubject report={report} />
              </td>
              <td>
                <Moment at={report.created_at} />
              </td>
            </tr>
          ))}
        </Table>
      </ListOf>
      <Schedules />
    </Screen>
  );
}
