/** Proving ownership: what to publish, where exactly, and what was really found there. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { CircleCheck, CircleX } from 'lucide-react';
import { asProblem } from '@/api/problem';
import { NotForRole } from '@/app/not-for-role';
import { useMay, useOrg } from '@/app/session';
import type { Asset, Verification } from '@/client';
import {
  checkVerificationMutation,
  getAssetOptions,
  getAssetQueryKey,
  getDashboardQueryKey,
  getVerificationOptions,
  getVerificationQueryKey,
  startVerificationMutation,
} from '@/client/@tanstack/react-query.gen';
import { VerifiedBadge } from '@/ui/badge';
import { Button, ButtonLink } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { RadioCards } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { saveFile } from '@/ui/save-file';
import { Card, Screen, Waiting } from '@/ui/screen';
import { recordNames } from './record-names';

type Method = 'dns_txt' | 'http_file';
const route = getRouteApi('/in/o/$org/assets/$id/verify');

const METHODS: readonly { value: Method; name: string; says: string }[] = [
  {
    value: 'http_file',
    name: 'File over HTTP',
    says: 'Put a small file on the web server of this host.',
  },
  { value: 'dns_txt', name: 'DNS record', says: 'Add a TXT record to the zone of this domain.' },
];

export function Verify() {
  return useMay('assets:write') ? (
    <Wizard />
  ) : (
    <NotForRole title="Verify an asset" why="Proving that something is owned changes it." />
  );
}

function Wizard() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const cache = useQueryClient();
  const path = { path: { id } };
  const asset = useQuery(getAssetOptions(path));
  const pending = useQuery({
    ...getVerificationOptions(path),
    // That none was started yet is an answer, not a failure.
    retry: false,
    throwOnError: false,
  });
  const remember = (verification: Verification) => {
    cache.setQueryData(getVerificationQueryKey(path), verification);
    if (verification.status !== 'verified') return;
    void cache.invalidateQueries({ queryKey: getAssetQueryKey(path) });
    void cache.invalidateQueries({ queryKey: getDashboardQueryKey() });
  };
  const start = useMutation({ ...startVerificationMutation(), onSuccess: remember });

  if (asset.isPending || pending.isPending) return <Waiting what="the verification" />;
  if (asset.isError)
    return <ProblemNotice error={asset.error} retry={() => void asset.refetch()} />;
  const verification = asProblem(pending.error).status === 404 ? undefined : pending.data;
  const method = search.method ?? methodOf(verification) ?? methodFor(asset.data);
  const methods =
    asset.data.kind === 'domain' ? METHODS : METHODS.filter(({ value }) => value === 'http_file');
  const current = verification?.method === method ? verification : undefined;

  return (
    <Screen
      title={`Verify ${asset.data.value}`}
      narrow
      says="Proof that it is yours is what allows Watchtower to look at it."
      actions={<VerifiedBadge verified={asset.data.verified} />}
    >
      {asset.data.verified ? (
        <Done asset={asset.data} />
      ) : (
        <>
          <RadioCards
            legend="1. Choose how to prove it"
            name="method"
            value={method}
            options={methods}
            onChange={(value) => void navigate({ search: { method: value }, replace: true })}
          />
          {current ? (
            <Instructions asset={asset.data} verification={current} onChecked={remember} />
          ) : (
            <div className="grid gap-3">
              <ProblemNotice error={start.error} />
              <div>
                <Button
                  look="primary"
                  busy={start.isPending}
                  onClick={() => start.mutate({ ...path, body: { method } })}
                >
                  Show me what to publish
                </Button>
              </div>
            </div>
          )}
        </>
      )}
    </Screen>
  );
}

function methodOf(verification: Verification | undefined): Method | undefined {
  return verification && verification.method !== 'attestation' ? verification.method : undefined;
}

function methodFor(asset: Asset): Method {
  return asset.kind === 'domain' ? 'dns_txt' : 'http_file';
}

function Done({ asset }: { asset: Asset }) {
  const org = useOrg();
  const mayScan = useMay('runs:create');
  return (
    <Card title="It is yours">
      <p role="status" className="flex items-center gap-2 text-sm">
        <CircleCheck aria-hidden className="text-good" /> The proof was found.
        {asset.authorization && (
          <>
            {' '}
            It holds until <Moment at={asset.authorization.expires_at} both />.
          </>
        )}
      </p>
      {mayScan && (
        <div>
          <ButtonLink
            to="/o/$org/scans/new"
            params={{ org }}
            search={{ asset: asset.id }}
            look="primary"
          >
            Scan it now
          </ButtonLink>
        </div>
      )}
    </Card>
  );
}

function Instructions(props: {
  asset: Asset;
  verification: Verification;
  onChecked: (verification: Verification) => void;
}) {
  const { verification } = props;
  const check = useMutation({ ...checkVerificationMutation(), onSuccess: props.onChecked });
  return (
    <>
      <Card title="2. Publish this">
        {verification.method === 'dns_txt' ? (
          <DnsRecord of={verification} asset={props.asset.value} />
        ) : (
          <HttpFile of={verification} />
        )}
        <p className="text-sm text-ink-muted">
          The value is good until <Moment at={verification.expires_at} both />. Somebody else keeps
          the zone or the host?{' '}
          <a href={toSomebody(props.asset.value, verification)} className="text-accent underline">
            Send this to somebody
          </a>
        </p>
      </Card>
      <Card title="3. Let us look">
        <p className="text-sm text-ink-muted">
          We ask the servers of the zone or the host itself, so a change is seen as soon as they
          have it.
        </p>
        <ProblemNotice error={check.error} />
        <div>
          <Button
            look="primary"
            busy={check.isPending}
            onClick={() => check.mutate({ path: { id: verification.asset_id } })}
          >
            {check.isPending ? 'Looking…' : 'Check now'}
          </Button>
        </div>
        <Findings of={verification} />
      </Card>
    </>
  );
}

function Value({
  label,
  value,
  children,
}: {
  label: string;
  value: string;
  children?: React.ReactNode;
}) {
  return (
    <div className="grid gap-1">
      <p className="text-sm font-medium">{label}</p>
      <div className="flex flex-wrap items-center gap-2">
        <code
          data-value={label}
          className="min-w-0 flex-1 rounded-md border border-line bg-sunken px-2.5 py-1.5 font-mono text-sm break-all whitespace-pre-wrap"
        >
          {value}
        </code>
        <CopyButton value={value} what={label.toLowerCase()} />
        {children}
      </div>
    </div>
  );
}

/** A mail with what has to be published, for whoever may publish it. */
function toSomebody(asset: string, of: Verification): string {
  const what =
    of.method === 'dns_txt'
      ? ['a TXT record', `Name: ${of.record_name}`, 'Type: TXT', `Content: ${of.record_value}`]
      : ['a file', `Address: ${of.url}`, `Content: ${of.file_body}`];
  const [kind, ...lines] = what;
  const body = [
    `Watchtower looks at ${asset} for us once we have proved that it is ours. Please publish ${kind}:`,
    '',
    ...lines,
    '',
    `It is good until ${of.expires_at}. It gives nobody access to anything.`,
  ].join('\r\n');
  // Blanks as %20: mail programs show a plus as one.
  const query = { subject: `Proof that ${asset} is ours`, body };
  return `mailto:?${Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;
}

function DnsRecord({ of, asset }: { of: Verification; asset: string }) {
  const name = of.record_name ?? '';
  return (
    <>
      <Value label="Name" value={name} />
      <div className="text-[0.8125rem] text-ink-muted">
        <p>Some providers add the zone by themselves. Then enter only what stands before it:</p>
        <ul className="list-disc pl-6">
          {recordNames(name, asset).map((each) => (
            <li key={each.zone} className="break-all">
              <code>{each.name}</code> in the zone {each.zone}
            </li>
          ))}
        </ul>
      </div>
      <Value label="Type" value="TXT" />
      <Value label="Content" value={of.record_value ?? ''} />
    </>
  );
}

function HttpFile({ of }: { of: Verification }) {
  const body = of.file_body ?? '';
  const name = (of.url ?? '').split('/').at(-1) || 'watchtower.txt';
  return (
    <>
      <Value label="Address" value={of.url ?? ''} />
      <Value label="Content" value={body}>
        <Button size="small" onClick={() => saveFile(name, 'text/plain', body)}>
          Download
        </Button>
      </Value>
    </>
  );
}

function Findings({ of }: { of: Verification }) {
  return (
    <div role="status" className="grid gap-2">
      {of.last_checked_at && (
        <p className="text-sm text-ink-muted">
          Looked <Moment at={of.last_checked_at} both />
          {of.status !== 'verified' && ': the proof was not there yet.'}
        </p>
      )}
      <ul className="grid gap-2">
        {of.findings.map((finding) => (
          <li
            key={`${finding.vantage} ${finding.asked}`}
            className="grid gap-1 rounded-lg border border-line bg-sunken p-3 text-sm"
          >
            <span className="flex items-start gap-2 font-medium break-all">
              {finding.ok ? (
                <CircleCheck size={17} aria-label="Found" className="mt-0.5 shrink-0 text-good" />
              ) : (
                <CircleX size={17} aria-label="Not found" className="mt-0.5 shrink-0 text-danger" />
              )}
              <span>
                <Inert>{finding.vantage}</Inert> asked <Inert>{finding.asked}</Inert>
              </span>
            </span>
            {finding.detail && <Inert>{finding.detail}</Inert>}
            {finding.found.length > 0 && (
              <ul className="font-mono text-[0.8125rem] break-all">
                {finding.found.map((value, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: answers may repeat
                  <li key={at}>
                    found: <Inert>{value}</Inert>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
