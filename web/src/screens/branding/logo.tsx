/** The picture above reports: taken from a file, shown, removed. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { useMay } from '@/app/session';
import type { ReportBranding } from '@/client';
import {
  deleteReportLogoMutation,
  getReportBrandingQueryKey,
  putReportLogoMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card } from '@/ui/screen';
import { say, sayProblem } from '@/ui/toast';

/** Longest file the API takes. */
const FILE_BYTES_MAX = 256 * 1_024;

/** Where the picture is; another one has another address, so that none is shown from a cache. */
export const logoAddress = ({ logo }: ReportBranding) =>
  logo ? `/api/v1/report-branding/logo?sha256=${logo.sha256}` : undefined;

export function Logo({ look }: { look: ReportBranding }) {
  const mayChange = useMay('organization:write');
  const cache = useQueryClient();
  const hint = useId();
  const keep = (saved: ReportBranding) => cache.setQueryData(getReportBrandingQueryKey(), saved);
  const put = useMutation({
    ...putReportLogoMutation(),
    onSuccess: (saved) => {
      keep(saved);
      say('Saved. The next report carries this logo.');
    },
  });
  const remove = useMutation({
    ...deleteReportLogoMutation(),
    onSuccess: () => {
      keep({ ...look, logo: null });
      say('Removed. The next report carries no logo.');
    },
  });
  const { logo } = look;
  if (!mayChange && !logo) return null;
  return (
    <Card title="Logo">
      <div className="grid gap-3">
        <p className="text-sm">
          {logo ? `${logo.width} by ${logo.height} pixels.` : 'None: reports carry the name alone.'}
        </p>
        {mayChange && (
          <>
            <label className="grid gap-1 text-sm">
              <span className="font-medium">{logo ? 'Another file' : 'File'}</span>
              <input
                type="file"
                accept="image/png"
                aria-describedby={hint}
                disabled={put.isPending}
                onChange={(event) => {
                  const input = event.currentTarget;
                  const file = input.files?.[0];
                  if (!file) return;
                  remove.reset();
                  if (file.size > FILE_BYTES_MAX)
                    sayProblem(new Error('A logo may have 256 kB. Save it with fewer pixels.'));
                  // The same file may be chosen again, mended.
                  else put.mutate({ body: file }, { onSettled: () => (input.value = '') });
                }}
              />
            </label>
            <p id={hint} className="text-[0.8125rem] text-ink-muted">
              A PNG of at most 256 kB and 2,000 by 1,000 pixels. It stands above the name, at most
              150 by 36 points.
            </p>
            <ProblemNotice error={put.error ?? remove.error} />
            {logo && (
              <div>
                <Button busy={remove.isPending} onClick={() => remove.mutate({})}>
                  Remove
                </Button>
              </div>
            )}
          </>
        )}
      </div>
    </Card>
  );
}
