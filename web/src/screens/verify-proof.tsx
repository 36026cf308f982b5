/** Checks a packet or an audit export here in the browser: the file is sent to nobody. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { ShieldCheck, ShieldX } from 'lucide-react';
import { useState } from 'react';
import { getLedgerKeyOptions, listLedgerKeysOptions } from '@/client/@tanstack/react-query.gen';
import { check, NotProven, type Proof } from '@/proof/check';
import { readKey } from '@/proof/head';
import { chainOf } from '@/proof/succession';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { Form, TextArea } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { Card, Facts, Screen } from '@/ui/screen';
import { Site } from './site';

export function VerifyProof() {
  // Whoever is signed in need not fetch the key; anybody else was given it with the file.
  const own = useQuery({ ...getLedgerKeyOptions(), retry: false });
  // Signed by the keys themselves, so it does not matter who handed it out; without it, a proof is
  // checked by what it carries.
  const keys = useQuery({ ...listLedgerKeysOptions(), retry: false });
  const [pem, setPem] = useState<string>();
  const [file, setFile] = useState<File>();
  const checked = useMutation({
    mutationFn: async (asked: { file: File; pem: string }) =>
      check(
        await asked.file.text(),
        await readKey(asked.pem),
        keys.data && (await chainOf(keys.data.successions)),
      ),
  });
  const key = pem ?? own.data?.public_key_pem ?? '';
  return (
    <Site>
      <Screen
        narrow
        title="Check a proof"
        says="An evidence packet, or an exported audit log. It is checked here, in this browser, with a public key of the ledger alone. A key that was replaced since still checks what it signed, and leads to those after it."
      >
        <Form
          onSubmit={() => file && checked.mutate({ file, pem: key })}
          className="rounded-xl border border-line bg-surface p-4"
        >
          <label className="grid gap-1 text-sm font-medium">
            File
            <input
              type="file"
              accept=".json,.jsonl,application/json"
              required
              onChange={(event) => {
                setFile(event.currentTarget.files?.[0]);
                checked.reset();
              }}
              className="w-full rounded-md border border-line-strong bg-surface px-3 py-1.5 font-normal"
            />
          </label>
          <TextArea
            label="Public key of the ledger"
            name="key"
            rows={4}
            required
            value={key}
            placeholder="-----BEGIN PUBLIC KEY-----"
            onChange={(event) => {
              setPem(event.currentTarget.value);
              checked.reset();
            }}
            hint={
              own.data
                ? 'Filled in from this installation. A key from elsewhere makes the check independent of it.'
                : 'From whoever gave you the file, or `watchtower ledger key`.'
            }
          />
          <div>
            <Button type="submit" look="primary" busy={checked.isPending} disabled={!file}>
              {checked.isPending ? 'Checking…' : 'Check it'}
            </Button>
          </div>
        </Form>
        <div role="status">
          {checked.isError && <NotValid error={checked.error} />}
          {checked.data && <Valid proof={checked.data} />}
        </div>
      </Screen>
    </Site>
  );
}

function NotValid({ error }: { error: Error }) {
  return (
    <Card>
      <p className="flex items-center gap-2 font-semibold text-critical">
        <ShieldX aria-hidden />
        {error instanceof NotProven ? 'Not valid' : 'Not checked'}
      </p>
      <p className="text-sm">
        <Inert>{error.message}</Inert>
      </p>
      {error instanceof NotProven && (
        <p className="text-sm text-ink-muted">Nothing in this file is proven.</p>
      )}
    </Card>
  );
}

function Valid({ proof }: { proof: Proof }) {
  const exposure = (proof.body?.exposure ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => <Inert>{String(value ?? '—')}</Inert>;
  return (
    <Card>
      <p className="flex items-center gap-2 font-semibold text-good">
        <ShieldCheck aria-hidden />
        {proof.kind === 'packet' ? 'Valid packet' : 'Valid audit log'}
      </p>
      <Facts
        rows={[
          ...(proof.body
            ? ([
                ['Verdict', text(proof.body.verdict)],
                ['Exposure', text(exposure.title)],
                [
                  'Where',
                  text(
                    // Port 0: a finding of the name itself.
                    exposure.port === 0 ? exposure.host : `${exposure.host}:${exposure.port}`,
                  ),
                ],
                ['Place', `leaf ${proof.index} of ${proof.size}`],
              ] as const)
            : ([['Entries', `${count(proof.size, 'entry', 'entries')}, none missing`]] as const)),
          [
            'Organization',
            <code key="org">
              <Inert>{proof.organization}</Inert>
            </code>,
          ],
          ['Signed', <Moment key="at" at={proof.signedAt} both />],
        ]}
      />
    </Card>
  );
}
