/** One more rule: window or blackout, whose clocks, which days and hours, which assets. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay } from '@/app/session';
import type { ScanWindowRule } from '@/client';
import { listAssetsOptions } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form, RadioCards, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { about, DAYS, KINDS, ruleOf } from './rules';

/** Assets offered; a rule for others is written by the API or the command line. */
const OFFERED = 100;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

export function NewRule(props: {
  /** Its place among the rules, by which the API says what is wrong with it. */
  nth: number;
  onClose: () => void;
  onAdd: (rule: ScanWindowRule) => void;
  busy: boolean;
  error: unknown;
}) {
  const [kind, setKind] = useState<ScanWindowRule['kind']>('window');
  const errors = props.error ? about(asProblem(props.error).byField(), props.nth) : {};
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Add a rule"
      says="It comes round every week, by the clocks of its time zone."
    >
      <Form onSubmit={(form) => props.onAdd(ruleOf(form, kind))} errors={errors}>
        <RadioCards legend="What" name="kind" value={kind} options={KINDS} onChange={setKind} />
        <TextField
          label="Time zone"
          name="time_zone"
          list="time-zones"
          maxLength={64}
          defaultValue={Intl.DateTimeFormat().resolvedOptions().timeZone}
          autoComplete="off"
          required
        />
        <datalist id="time-zones">
          {ZONES.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <Days wrong={errors.days} />
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <TextField label="From" name="from" type="time" defaultValue="22:00" required />
          <TextField
            label="To"
            name="to"
            type="time"
            defaultValue="06:00"
            hint="Where it is not after the beginning: on the next day."
            required
          />
        </div>
        <Assets />
        <ProblemNotice error={props.error} />
        <div>
          <Button type="submit" look="primary" busy={props.busy}>
            Add
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function Days({ wrong }: { wrong: string | undefined }) {
  return (
    <fieldset aria-describedby={wrong && 'days-wrong'}>
      <legend className="mb-1.5 text-sm font-medium">Days on which it begins</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5">
        {DAYS.map(([day, says]) => (
          <label key={day} className="flex items-center gap-2 text-sm">
            <input
              type="checkbox"
              name="days"
              value={day}
              defaultChecked
              className="accent-accent"
            />
            {says}
          </label>
        ))}
      </div>
      {wrong && (
        <p id="days-wrong" className="mt-1 text-[0.8125rem] font-medium text-danger">
          {wrong}
        </p>
      )}
    </fieldset>
  );
}

function Assets() {
  const mayRead = useMay('assets:read');
  const assets = useQuery({
    ...listAssetsOptions({ query: { limit: OFFERED } }),
    enabled: mayRead,
  });
  return (
    <details className="text-sm">
      <summary className="cursor-pointer font-medium">
        Which assets (none chosen: every one)
      </summary>
      <div className="mt-2 grid max-h-48 gap-1.5 overflow-y-auto">
        {assets.data?.items.map((each) => (
          <label key={each.id} className="flex items-center gap-2">
            <input type="checkbox" name="asset_ids" value={each.id} className="accent-accent" />
            <Inert>{each.value}</Inert>
          </label>
        ))}
      </div>
      <ProblemNotice error={assets.error} />
    </details>
  );
}
