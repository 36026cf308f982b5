/** The issues an exposure has at GitHub and Jira, and making one. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay, useOrg } from '@/app/session';
import type { ExposureDetail, Ticket } from '@/client';
import { createTicketMutation, listIntegrationsOptions } from '@/client/@tanstack/react-query.gen';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card } from '@/ui/screen';

const STATE = {
  claimed: ['info', 'being made'],
  open: ['medium', 'open'],
  closed: ['good', 'closed'],
  failed: ['critical', 'not made'],
  gone: ['info', 'deleted or moved there'],
} as const;

export function Tickets({ it, onDone }: { it: ExposureDetail; onDone: () => void }) {
  const mayRead = useMay('organization:read');
  const mayAct = useMay('exposures:act');
  const isOpen = it.state === 'open' || it.state === 'unresponsive';
  const joined = useQuery({ ...listIntegrationsOptions(), enabled: mayRead && mayAct && isOpen });
  const tickets = it.tickets ?? [];
  // Where an issue is, or is being made, there is no second one.
  const has = tickets.filter(({ state }) => state !== 'failed' && state !== 'gone');
  const free = (joined.data?.items ?? []).filter(
    (each) =>
      each.enabled &&
      (each.kind === 'github' || each.kind === 'jira') &&
      !has.some(({ integration_id }) => integration_id === each.id),
  );
  const make = useMutation({ ...createTicketMutation(), onSuccess: onDone });
  if (tickets.length === 0 && free.length === 0) return null;
  return (
    <Card title="Issues">
      {tickets.length > 0 && (
        <ul className="grid gap-2 text-sm">
          {tickets.map((each) => (
            <One key={each.integration_id} each={each} />
          ))}
        </ul>
      )}
      <ProblemNotice error={make.error} />
      {free.length > 0 && (
        <div className="flex flex-wrap gap-2" data-no-print>
          {free.map(({ id, name }) => (
            <Button
              key={id}
              size="small"
              busy={make.isPending && make.variables?.body.integration_id === id}
              onClick={() => make.mutate({ path: { key: it.key }, body: { integration_id: id } })}
            >
              Create issue at <Inert>{name}</Inert>
            </Button>
          ))}
        </div>
      )}
    </Card>
  );
}

function One({ each }: { each: Ticket }) {
  const org = useOrg();
  const [tone, says] = STATE[each.state];
  const called = each.kind === 'github' ? `#${each.number}` : each.number;
  return (
    <li className="flex flex-wrap items-center gap-2">
      <Badge tone={tone}>{says}</Badge>
      {each.number !== '' && /^https?:\/\//.test(each.url) ? (
        <a
          href={each.url}
          target="_blank"
          rel="noreferrer noopener"
          className="text-accent underline"
        >
          <Inert>{called}</Inert>
        </a>
      ) : (
        each.number !== '' && <Inert>{called}</Inert>
      )}
      <span className="text-ink-muted">
        at <Inert>{each.name}</Inert>
      </span>
      {each.error !== '' && (
        <p className="basis-full text-[0.8125rem] text-danger">
          {each.error}.{' '}
          <Link to="/o/$org/settings/integrations" params={{ org }} className="underline">
            Integrations
          </Link>
        </p>
      )}
    </li>
  );
}
