/** A new webhook, chat or tracker, or the settings of one: where to, and which changes. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay } from '@/app/session';
import type { FreshIntegration, Integration, NewIntegration } from '@/client';
import {
  createIntegrationMutation,
  listAssetsOptions,
  replaceIntegrationMutation,
} from '@/client/@tanstack/react-query.gen';
import { EVENT_TYPES, type EventType, eventWord, SEVERITIES, severityWord } from '@/say/words';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Choice, Form, RadioCards, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { useReadAgain } from './read-again';
import { isTracker, TrackerFields, trackerOf } from './tracker-fields';

type Kind = NewIntegration['kind'];
type Severity = NewIntegration['min_severity'];

/** Assets offered: an organization with more narrows by severity and kind, or by the API. */
const OFFERED = 100;
const KINDS = [
  { value: 'webhook', name: 'Webhook', says: 'A program of yours: signed JSON with every change.' },
  { value: 'slack', name: 'Slack', says: 'A channel: what changed, short, with links.' },
  {
    value: 'github',
    name: 'GitHub',
    says: 'A repository: an issue an exposure, closed by its proof.',
  },
  { value: 'jira', name: 'Jira', says: 'A project, of Cloud or Data Center, likewise.' },
] as const satisfies { value: Kind; name: string; says: string }[];

export function Settings(props: {
  /** Whose; without it a new one is made. */
  of?: Integration;
  onClose: () => void;
  onMade: (fresh: FreshIntegration) => void;
}) {
  const { of } = props;
  const again = useReadAgain();
  const [kind, setKind] = useState<Kind>(of?.kind ?? 'webhook');
  const [severity, setSeverity] = useState<Severity>(of?.min_severity ?? 'low');
  const make = useMutation({
    ...createIntegrationMutation(),
    onSuccess: (fresh) => {
      props.onClose();
      props.onMade(fresh);
      return again();
    },
  });
  const change = useMutation({
    ...replaceIntegrationMutation(),
    onSuccess: () => {
      props.onClose();
      return again();
    },
  });
  const submit = (form: FormData) => {
    const address = String(form.get('address') ?? '').trim();
    const body: NewIntegration = {
      kind,
      name: String(form.get('name') ?? ''),
      ...(address !== '' && { address }),
      min_severity: severity,
      events: form.getAll('events').map((word) => word as EventType),
      asset_ids: form.getAll('asset_ids').map(String),
      enabled: of?.enabled ?? true,
      ...(isTracker(kind) && trackerOf(form)),
    };
    if (of) change.mutate({ path: { id: of.id }, body });
    else make.mutate({ body });
  };
  const error = make.error ?? change.error;
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={of ? 'Settings' : 'Join something'}
      says="Everything goes by https to public addresses only."
    >
      <Form onSubmit={submit} errors={error ? asProblem(error).byField() : {}}>
        {!of && (
          <RadioCards legend="What" name="kind" value={kind} options={KINDS} onChange={setKind} />
        )}
        <TextField label="Name" name="name" maxLength={120} defaultValue={of?.name} required />
        {isTracker(kind) ? (
          <TrackerFields key={kind} kind={kind} {...(of && { of })} />
        ) : (
          <Address kind={kind} {...(of && { of })} />
        )}
        <Choice
          label="From severity"
          value={severity}
          onChange={(value) => setSeverity(value || 'info')}
          options={SEVERITIES.map((word) => [word, severityWord[word]] as const)}
        />
        <Events chosen={of?.events ?? []} />
        <Assets chosen={of?.asset_ids ?? []} />
        <ProblemNotice error={error} />
        <div>
          <Button type="submit" look="primary" busy={make.isPending || change.isPending}>
            {of ? 'Save' : 'Join'}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

function Address({ kind, of }: { kind: 'webhook' | 'slack'; of?: Integration }) {
  const isSlack = kind === 'slack';
  return (
    <TextField
      label={isSlack ? 'Address of the incoming webhook' : 'Address'}
      name="address"
      type="url"
      maxLength={2000}
      autoComplete="off"
      placeholder={isSlack ? 'https://hooks.slack.com/services/…' : 'https://hooks.example.com/…'}
      required={!of}
      hint={of && `Empty keeps the one at ${of.origin}. It is never shown.`}
    />
  );
}

function Events({ chosen }: { chosen: readonly EventType[] }) {
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 text-sm font-medium">Which events (none chosen: every one)</legend>
      <div className="grid gap-1.5 sm:grid-cols-3">
        {EVENT_TYPES.map((word) => (
          <label key={word} className="flex items-center gap-2 text-sm">
            <input
              type="checkbox"
              name="events"
              value={word}
              defaultChecked={chosen.includes(word)}
              className="accent-accent"
            />
            {eventWord[word]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Assets({ chosen }: { chosen: readonly string[] }) {
  const mayRead = useMay('assets:read');
  const assets = useQuery({
    ...listAssetsOptions({ query: { limit: OFFERED } }),
    enabled: mayRead,
  });
  const items = assets.data?.items ?? [];
  // What is chosen and not among those offered must not be lost by saving.
  const others = chosen.filter((id) => !items.some((each) => each.id === id));
  return (
    <details open={chosen.length > 0} className="text-sm">
      <summary className="cursor-pointer font-medium">
        Which assets (none chosen: every one)
      </summary>
      <div className="mt-2 grid max-h-48 gap-1.5 overflow-y-auto">
        {items.map((each) => (
          <label key={each.id} className="flex items-center gap-2">
            <input
              type="checkbox"
              name="asset_ids"
              value={each.id}
              defaultChecked={chosen.includes(each.id)}
              className="accent-accent"
            />
            <Inert>{each.value}</Inert>
          </label>
        ))}
        {others.map((id) => (
          <input key={id} type="hidden" name="asset_ids" value={id} />
        ))}
      </div>
      <ProblemNotice error={assets.error} />
    </details>
  );
}
