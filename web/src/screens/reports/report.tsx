/** One report, read here from its Markdown; raw HTML in it is never drawn. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useOrg } from '@/app/session';
import { getReportContent } from '@/client';
import { getReportContentOptions, getReportOptions } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { saveFile } from '@/ui/save-file';
import { Card, Screen, Waiting } from '@/ui/screen';
import { sayProblem } from '@/ui/toast';
import { ReportBadge } from './report-badge';

const Markdown = lazy(() => import('./markdown'));
const route = getRouteApi('/in/o/$org/reports/$id');

/** Milliseconds between looks while it is being written. */
const LOOK_MS = 1_500;

export function ReportScreen() {
  const { id } = route.useParams();
  const org = useOrg();
  const report = useQuery({
    ...getReportOptions({ path: { id } }),
    refetchInterval: (query) => (query.state.data?.state === 'requested' ? LOOK_MS : false),
  });
  const content = useQuery({
    ...getReportContentOptions({ path: { id }, query: { format: 'markdown' }, parseAs: 'text' }),
    enabled: report.data?.state === 'ready',
  });
  const html = useMutation({
    mutationFn: async () =>
      (
        await getReportContent({
          path: { id },
          query: { format: 'html' },
          parseAs: 'text',
          throwOnError: true,
        })
      ).data,
    onSuccess: (page) => saveFile(`${id}.html`, 'text/html', String(page)),
    onError: sayProblem,
  });
  if (report.isPending) return <Waiting what="the report" />;
  if (report.isError)
    return <ProblemNotice error={report.error} retry={() => void report.refetch()} />;
  const it = report.data;
  const text = typeof content.data === 'string' ? content.data : undefined;
  return (
    <Screen
      title={it.title || 'Summary of a run'}
      narrow
      says={
        <span className="flex flex-wrap items-center gap-2">
          <ReportBadge report={it} /> asked <Moment at={it.created_at} both />
          <Link
            to="/o/$org/scans/$run"
            params={{ org, run: it.run_id }}
            className="text-accent underline"
          >
            the run
          </Link>
        </span>
      }
      actions={
        text !== undefined && (
          <>
            <Button onClick={() => saveFile(`${it.id}.md`, 'text/markdown', text)}>
              Download Markdown
            </Button>
            <Button busy={html.isPending} onClick={() => html.mutate()}>
              Download HTML
            </Button>
            <Button onClick={() => window.print()}>Print</Button>
          </>
        )
      }
    >
      {it.state === 'requested' && <Waiting what="the report while it is being written" />}
      {it.state === 'failed' && (
        <ProblemNotice error={new Error(it.reason || 'The report could not be written.')} />
      )}
      {it.state === 'ready' && content.isPending && <Waiting what="the text" />}
      {content.isError && (
        <ProblemNotice error={content.error} retry={() => void content.refetch()} />
      )}
      {text !== undefined && (
        <Card>
          <Suspense fallback={<Waiting what="the text" />}>
            <Markdown text={text} />
          </Suspense>
        </Card>
      )}
    </Screen>
  );
}
