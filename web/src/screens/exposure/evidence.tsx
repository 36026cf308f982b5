/** What the check saw, as text that cannot do anything. */
import { Tabs } from '@base-ui/react/tabs';
import { Link } from '@tanstack/react-router';
import { Eye, EyeOff } from 'lucide-react';
import { useOrg } from '@/app/session';
import type { Evidence } from '@/client';
import { duration } from '@/say/moment';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Inert } from '@/ui/inert';
import { HIDDEN, InertBlock } from '@/ui/inert-block';
import { Moment } from '@/ui/moment';
import { Card, Facts } from '@/ui/screen';
import { asCurl } from './as-curl';
import type { Secrets } from './reveal';

export function EvidenceCard(props: {
  evidence: Evidence | undefined;
  /** How many of its values are covered until they are asked for. */
  covered: number;
  secrets: Secrets;
  host: string;
  port: number;
}) {
  const { evidence, ...rest } = props;
  if (!evidence) {
    return (
      <Card title="Evidence">
        <p className="text-sm text-ink-muted">No evidence is kept for what was last seen.</p>
      </Card>
    );
  }
  return <Kept evidence={evidence} {...rest} />;
}

function Kept(props: {
  evidence: Evidence;
  covered: number;
  secrets: Secrets;
  host: string;
  port: number;
}) {
  const { evidence, covered, secrets, host, port } = props;
  const org = useOrg();
  const { isOpen } = secrets;
  const panels = panelsOf(evidence);
  const { request } = evidence;
  const tls = !!evidence.certificate_pem;
  // A command with a hole in it asks something else.
  const command = request.includes(HIDDEN) ? undefined : asCurl({ request, host, port, tls });
  return (
    <Card title="Evidence">
      <Facts
        rows={[
          ['Address', <Inert key="address">{evidence.address}</Inert>],
          ['Took', duration(evidence.elapsed_ms)],
          ...(evidence.at ? ([['Seen', <Moment key="at" at={evidence.at} both />]] as const) : []),
          [
            'Run',
            <Link
              key="run"
              to="/o/$org/scans/$run"
              params={{ org, run: evidence.run_id }}
              className="font-mono text-[0.8125rem] break-all text-accent underline"
            >
              {evidence.run_id}
            </Link>,
          ],
          [
            'Response SHA-256',
            <code key="hash" className="font-mono text-xs break-all">
              {evidence.response_sha256 || 'none'}
            </code>,
          ],
        ]}
      />
      {covered > 0 && (
        <div className="flex flex-wrap items-center gap-3 text-sm">
          <Button size="small" busy={secrets.isPending} onClick={secrets.toggle}>
            {isOpen ? <EyeOff size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
            {isOpen ? 'Hide secrets' : 'Show secrets'}
          </Button>
          <p role="status" className="text-ink-muted">
            {isOpen
              ? 'Everything is shown as it was seen. The audit log says so.'
              : `${count(covered, 'value')} that may be a secret ${covered === 1 ? 'is' : 'are'} hidden. Showing leaves a record in the audit log.`}
          </p>
        </div>
      )}
      {panels.length > 0 && (
        <Tabs.Root defaultValue={panels[0]?.name}>
          <Tabs.List aria-label="Parts of the evidence" className="flex gap-1 border-b border-line">
            {panels.map(({ name }) => (
              <Tabs.Tab
                key={name}
                value={name}
                className="-mb-px border-b-2 border-transparent px-3 py-1.5 text-sm font-medium text-ink-muted data-[active]:border-accent data-[active]:text-accent"
              >
                {name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {panels.map(({ name, text }) => (
            <Tabs.Panel key={name} value={name} className="grid gap-2 pt-3">
              <InertBlock
                text={text}
                marks={name === 'Response' ? evidence.matched : []}
                label={name}
              />
              <div className="flex flex-wrap gap-2">
                <CopyButton value={text} what={name.toLowerCase()} />
                {name === 'Request' && command && (
                  <CopyButton
                    value={command}
                    what="the request as a curl command"
                    says="Copy as curl"
                  />
                )}
              </div>
            </Tabs.Panel>
          ))}
        </Tabs.Root>
      )}
    </Card>
  );
}

/** The parts there are. */
function panelsOf(evidence: Evidence) {
  return [
    { name: 'Response', text: evidence.response },
    { name: 'Request', text: evidence.request },
    { name: 'Certificate', text: evidence.certificate_pem ?? '' },
    { name: 'Matched', text: evidence.matched.join('\n') },
  ].filter((panel) => panel.text !== '');
}
