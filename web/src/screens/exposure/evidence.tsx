/** What the check saw, as text that cannot do anything. */
import { Tabs } from '@base-ui/react/tabs';
import { Link } from '@tanstack/react-router';
import { Eye, EyeOff } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useOrg } from '@/app/session';
import type { Evidence } from '@/client';
import { duration } from '@/say/moment';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Inert, visible } from '@/ui/inert';
import { InertBlock } from '@/ui/inert-block';
import { Moment } from '@/ui/moment';
import { Card, Facts } from '@/ui/screen';
import { secretsIn, without } from '@/ui/secrets';
import { asCurl } from './as-curl';

export function EvidenceCard(props: {
  evidence: Evidence | undefined;
  host: string;
  port: number;
}) {
  const { evidence, host, port } = props;
  if (!evidence) {
    return (
      <Card title="Evidence">
        <p className="text-sm text-ink-muted">No evidence is kept for what was last seen.</p>
      </Card>
    );
  }
  return <Kept evidence={evidence} host={host} port={port} />;
}

function Kept({ evidence, host, port }: { evidence: Evidence; host: string; port: number }) {
  const org = useOrg();
  const [isOpen, setOpen] = useState(false);
  const panels = useMemo(() => panelsOf(evidence), [evidence]);
  const many = panels.reduce((sum, { secrets }) => sum + secrets.length, 0);
  const { request } = evidence;
  const command = asCurl({ request, host, port, tls: !!evidence.certificate_pem });
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
      {many > 0 && (
        <div className="flex flex-wrap items-center gap-3 text-sm">
          <Button size="small" onClick={() => setOpen(!isOpen)}>
            {isOpen ? <EyeOff size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
            {isOpen ? 'Hide secrets' : 'Show secrets'}
          </Button>
          <p role="status" className="text-ink-muted">
            {isOpen
              ? 'Everything is shown as it was seen.'
              : `${count(many, 'value')} that may be a secret ${many === 1 ? 'is' : 'are'} hidden.`}
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
          {panels.map(({ name, text, secrets }) => (
            <Tabs.Panel key={name} value={name} className="grid gap-2 pt-3">
              <InertBlock
                text={text}
                marks={name === 'Response' ? evidence.matched : []}
                hidden={isOpen ? [] : secrets}
                label={name}
              />
              <div className="flex flex-wrap gap-2">
                <CopyButton
                  value={isOpen || secrets.length === 0 ? text : without(visible(text), secrets)}
                  what={name.toLowerCase()}
                />
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

/** The parts there are, and where in each something seems to be a secret. */
function panelsOf(evidence: Evidence) {
  return [
    { name: 'Response', text: evidence.response },
    { name: 'Request', text: evidence.request },
    { name: 'Certificate', text: evidence.certificate_pem ?? '' },
    { name: 'Matched', text: evidence.matched.join('\n') },
  ]
    .filter((panel) => panel.text !== '')
    .map((panel) => ({ ...panel, secrets: secretsIn(visible(panel.text)) }));
}
