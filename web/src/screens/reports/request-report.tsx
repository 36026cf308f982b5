/** Asks for the summary of a run. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useOrg } from '@/app/session';
import { listReportsQueryKey, requestReportMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { sayProblem } from '@/ui/toast';

export function RequestReport({ runId }: { runId: string }) {
  const org = useOrg();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const request = useMutation({
    ...requestReportMutation(),
    onSuccess: async (report) => {
      void cache.invalidateQueries({ queryKey: listReportsQueryKey() });
      await navigate({ to: '/o/$org/reports/$id', params: { org, id: report.id } });
    },
    onError: sayProblem,
  });
  return (
    <Button
      look="primary"
      busy={request.isPending}
      onClick={() => request.mutate({ body: { run_id: runId } })}
    >
      Write a report
    </Button>
  );
}
