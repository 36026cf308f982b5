/** By when what is found has to be mended: the terms, and how the clocks stand now. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { asProblem } from '@/api/problem';
import { useMay, useOrg } from '@/app/session';
import type { Dashboard, SlaTerms } from '@/client';
import {
  getDashboardOptions,
  getDashboardQueryKey,
  getSlaOptions,
  getSlaQueryKey,
  listExposuresInfiniteQueryKey,
  putSlaMutation,
} from '@/client/@tanstack/react-query.gen';
import { count, SEVERITIES, severityWord } from '@/say/words';
import { Button } from '@/ui/button';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { ifMatch } from '../team/rights';
import { clocks, termsOf } from './terms';

export function Deadlines() {
  const terms = useQuery(getSlaOptions());
  const dashboard = useQuery(getDashboardOptions());
  return (
    <Screen
      title="Deadlines"
      says="A clock runs from when something was first seen. An accepted risk stops it; silence does not."
      narrow
    >
      {dashboard.data && <Clocks by={dashboard.data.by_sla} />}
      {terms.isPending && <Waiting what="the terms" />}
      {terms.isError && <ProblemNotice error={terms.error} retry={() => void terms.refetch()} />}
      {terms.data && <Terms key={terms.data.version} terms={terms.data} />}
    </Screen>
  );
}

function Clocks({ by }: { by: Dashboard['by_sla'] }) {
  const org = useOrg();
  return (
    <Card title="How the clocks stand">
      <ul className="grid gap-2 text-sm">
        {clocks(by).map(({ sla, says, many }) => (
          <li key={sla} className="flex justify-between gap-4">
            <span>{says}</span>
            <Link
              to="/o/$org/exposures"
              params={{ org }}
              search={{ filter: `state:open,unresponsive sla:${sla}`, sort: 'score' }}
              className="text-accent tabular-nums underline"
            >
              {count(many, 'exposure')}
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Terms({ terms }: { terms: SlaTerms }) {
  const mayChange = useMay('organization:write');
  const cache = useQueryClient();
  const save = useMutation({
    ...putSlaMutation(),
    onSuccess: (saved) => {
      cache.setQueryData(getSlaQueryKey(), saved);
      // Clocks are read by the new terms at once.
      for (const queryKey of [getDashboardQueryKey(), listExposuresInfiniteQueryKey()])
        void cache.invalidateQueries({ queryKey });
      say('Saved. Clocks are read by the new terms.');
    },
  });
  const day = (value: number | null | undefined) => (value === undefined ? '' : (value ?? ''));
  return (
    <Card title="Days to mend">
      <fieldset disabled={!mayChange} className="contents">
        <Form
          errors={save.error ? asProblem(save.error).byField() : {}}
          onSubmit={(form) => save.mutate({ body: termsOf(form), headers: ifMatch(terms.version) })}
        >
          <div className="grid items-start gap-4 sm:grid-cols-2">
            {SEVERITIES.map((severity) => (
              <TextField
                key={severity}
                label={severityWord[severity]}
                name={severity}
                type="number"
                min={1}
                max={3650}
                defaultValue={day(terms.days[severity])}
                placeholder="no clock"
              />
            ))}
            <TextField
              label="Known to be attacked"
              name="kev_days"
              type="number"
              min={1}
              max={3650}
              defaultValue={day(terms.kev_days)}
              placeholder="no rule of its own"
              hint="Where that is sooner than by its severity."
            />
          </div>
          <p className="text-sm text-ink-muted">Without a number there is no clock.</p>
          <ProblemNotice error={save.error} />
          {mayChange && (
            <div>
              <Button type="submit" look="primary" busy={save.isPending}>
                Save
              </Button>
            </div>
          )}
        </Form>
      </fieldset>
    </Card>
  );
}
