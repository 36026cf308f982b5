/** One report, read here from its Markdown; raw HTML in it is never drawn. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useMay } from '@/app/session';
import type { NewReportDownload } from '@/client';
import {
  createReportDownloadMutation,
  getReportContentOptions,
  getReportOptions,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Menu, MenuItem } from '@/ui/menu';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { sayProblem } from '@/ui/toast';
import { ReportBadge } from './report-badge';
import { ReportSubject } from './report-subject';
import { Share } from './share';

const Rated = lazy(() => import('./rated'));
const route = getRouteApi('/in/o/$org/reports/$id');

/** As the API names them, and as people do. */
const FORMS: [NonNullable<NewReportDownload['format']>, string][] = [
  ['pdf', 'PDF'],
  ['html', 'HTML'],
  ['markdown', 'Markdown'],
];

/** Milliseconds between looks while it is being written. */
const LOOK_MS = 1_500;

export function ReportScreen() {
  const { id } = route.useParams();
  const mayShare = useMay('reports:create');
  const [isSharing, setSharing] = useState(false);
  const report = useQuery({
    ...getReportOptions({ path: { id } }),
    refetchInterval: (query) => (query.state.data?.state === 'requested' ? LOOK_MS : false),
  });
  const content = useQuery({
    ...getReportContentOptions({ path: { id }, query: { format: 'markdown' }, parseAs: 'text' }),
    enabled: report.data?.state === 'ready',
  });
  if (report.isPending) return <Waiting what="the report" />;
  if (report.isError)
    return <ProblemNotice error={report.error} retry={() => void report.refetch()} />;
  const it = report.data;
  const text = typeof content.data === 'string' ? content.data : undefined;
  return (
    <Screen
      title={it.title || 'Report'}
      narrow
      says={
        <span className="flex flex-wrap items-center gap-2">
          <ReportBadge report={it} /> asked <Moment at={it.created_at} both />
          <ReportSubject report={it} />
        </span>
      }
      actions={
        text !== undefined && (
          <>
            <DownloadMenu id={it.id} />
            {mayShare && <Button onClick={() => setSharing(true)}>Share</Button>}
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
            <Rated id={it.id} text={text} />
          </Suspense>
        </Card>
      )}
      {isSharing && <Share id={it.id} onClose={() => setSharing(false)} />}
    </Screen>
  );
}

/** Saves a form from an address made for that: it holds no session and ends in minutes. */
function DownloadMenu({ id }: { id: string }) {
  const make = useMutation({
    ...createReportDownloadMutation(),
    // The answer is a file to save, so that the screen stays.
    onSuccess: ({ url }) => window.location.assign(url),
    onError: sayProblem,
  });
  return (
    <Menu
      trigger={
        <Button busy={make.isPending}>
          <Download size={15} aria-hidden /> Download
        </Button>
      }
    >
      {FORMS.map(([format, name]) => (
        <MenuItem key={format} onClick={() => make.mutate({ path: { id }, body: { format } })}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}
