/** Asks for a report of everything, of a filter or of a saved view, in a period. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useOrg } from '@/app/session';
import type { NewReport as Wanted } from '@/client';
import {
  listReportsQueryKey,
  listViewsOptions,
  requestReportMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Choice, Form, TextField } from '@/ui/field';
import { visible } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { KIND_OPTIONS, type Kind } from './kinds';

const DAY_MS = 86_400_000;
type Days = '7' | '30' | '90' | '365';
/** Days a report looks back. */
const PERIODS: [Days, string][] = [
  ['7', 'last 7 days'],
  ['30', 'last 30 days'],
  ['90', 'last 90 days'],
  ['365', 'last year'],
];

export function NewReport() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button look="primary" onClick={() => setIsOpen(true)}>
        New report
      </Button>
      {isOpen && <Ask onClose={() => setIsOpen(false)} />}
    </>
  );
}

function Ask({ onClose }: { onClose: () => void }) {
  const org = useOrg();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const views = useQuery(listViewsOptions());
  const request = useMutation({
    ...requestReportMutation(),
    onSuccess: async (report) => {
      void cache.invalidateQueries({ queryKey: listReportsQueryKey() });
      await navigate({ to: '/o/$org/reports/$id', params: { org, id: report.id } });
    },
  });
  const [kind, setKind] = useState<Kind>('technical');
  const [days, setDays] = useState<Days>('30');
  const [view, setView] = useState('');
  const problem = request.error ? asProblem(request.error) : undefined;
  return (
    <Dialog
      open
      onClose={onClose}
      title="New report"
      says="How things stand now, and what changed in the period."
    >
      <Form
        errors={problem?.byField() ?? {}}
        onSubmit={(values) =>
          request.mutate({
            body: wanted({ kind, days, view, filter: String(values.get('filter') ?? '') }),
          })
        }
      >
        <Choice
          label="For"
          value={kind}
          options={KIND_OPTIONS}
          onChange={(it) => it && setKind(it)}
        />
        <Choice
          label="Period"
          value={days}
          options={PERIODS}
          onChange={(it) => it && setDays(it)}
        />
        <Choice
          label="Saved view"
          value={view}
          options={[
            ['', 'none'],
            ...(views.data?.items ?? []).map((it) => [it.id, visible(it.name)] as const),
          ]}
          onChange={setView}
        />
        <TextField
          label="Or a filter"
          name="filter"
          hint="Such as severity>=high tag:shop; empty for everything."
        />
        {problem?.fields.length === 0 && <ProblemNotice error={problem} />}
        <Button look="primary" type="submit" busy={request.isPending}>
          Write it
        </Button>
      </Form>
    </Dialog>
  );
}

/** What a filled form asks for. */
function wanted(form: { kind: Kind; days: Days; view: string; filter: string }): Wanted {
  return {
    kind: form.kind,
    since: new Date(Date.now() - Number(form.days) * DAY_MS).toISOString(),
    ...(form.view ? { view_id: form.view } : { filter: form.filter.trim() }),
  };
}
