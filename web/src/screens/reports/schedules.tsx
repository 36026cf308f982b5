/** Reports that are written by themselves: when, about what; made, paused, forgotten. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay } from '@/app/session';
import type { NewReportSchedule } from '@/client';
import {
  createReportScheduleMutation,
  deleteReportScheduleMutation,
  listReportSchedulesOptions,
  listReportSchedulesQueryKey,
  pauseReportScheduleMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Choice, Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card } from '@/ui/screen';
import { sayProblem } from '@/ui/toast';
import { anEarlyMonday, WhenFields, whenOf } from '@/ui/when';
import { KIND_OPTIONS, KINDS, type Kind } from './kinds';

export function Schedules() {
  const mayCreate = useMay('reports:create');
  const schedules = useQuery(listReportSchedulesOptions());
  const [isAsked, setIsAsked] = useState(false);
  const cache = useQueryClient();
  const settle = {
    onSuccess: () => cache.invalidateQueries({ queryKey: listReportSchedulesQueryKey() }),
    onError: sayProblem,
  };
  const pause = useMutation({ ...pauseReportScheduleMutation(), ...settle });
  const forget = useMutation({ ...deleteReportScheduleMutation(), ...settle });
  const items = schedules.data?.items ?? [];
  if (items.length === 0 && !mayCreate) return null;
  return (
    <Card title="By themselves">
      {schedules.isError && <ProblemNotice error={schedules.error} />}
      {items.length > 0 && (
        <Table label="Schedules of reports" head={['Name', 'For', 'About', 'When', 'Next', '']}>
          {items.map((it) => (
            <tr key={it.id}>
              <td>
                <Inert>{it.name}</Inert>
              </td>
              <td>{KINDS[it.kind]}</td>
              <td className="break-words">
                <Inert>{it.view_name || it.filter || 'everything'}</Inert>
              </td>
              <td>{whenOf(it)}</td>
              <td>{it.paused ? 'paused' : <Moment at={it.next_at} />}</td>
              <td>
                {mayCreate && (
                  <span className="flex gap-1.5">
                    <Button
                      size="small"
                      onClick={() =>
                        pause.mutate({ path: { id: it.id }, body: { paused: !it.paused } })
                      }
                    >
                      {it.paused ? 'Go on' : 'Pause'}
                    </Button>
                    <Button size="small" onClick={() => forget.mutate({ path: { id: it.id } })}>
                      Forget
                    </Button>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {mayCreate && <Button onClick={() => setIsAsked(true)}>New schedule</Button>}
      {isAsked && <Ask onClose={() => setIsAsked(false)} />}
    </Card>
  );
}

function Ask({ onClose }: { onClose: () => void }) {
  const cache = useQueryClient();
  const [kind, setKind] = useState<Kind>('executive');
  const [when, setWhen] = useState(anEarlyMonday);
  const create = useMutation({
    ...createReportScheduleMutation(),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: listReportSchedulesQueryKey() });
      onClose();
    },
  });
  const problem = create.error ? asProblem(create.error) : undefined;
  const wanted = (values: FormData): NewReportSchedule => {
    const text = (name: string) => String(values.get(name) ?? '').trim();
    return {
      name: text('name'),
      kind,
      filter: text('filter'),
      ...when,
    };
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="New schedule"
      says="Each report is about the time since the one before. You get a mail when one is ready."
    >
      <Form
        errors={problem?.byField() ?? {}}
        onSubmit={(values) => create.mutate({ body: wanted(values) })}
      >
        <TextField label="Name" name="name" required maxLength={80} />
        <Choice
          label="For"
          value={kind}
          options={KIND_OPTIONS}
          onChange={(it) => it && setKind(it)}
        />
        <WhenFields value={when} onChange={setWhen} />
        <TextField label="Filter" name="filter" hint="Empty for everything." />
        {problem?.fields.length === 0 && <ProblemNotice error={problem} />}
        <Button look="primary" type="submit" busy={create.isPending}>
          Keep it
        </Button>
      </Form>
    </Dialog>
  );
}
