/** Whether the organization shows its tree heads to everybody, and where. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay } from '@/app/session';
import type { Transparency as Settings } from '@/client';
import {
  deleteTransparencyMutation,
  getTransparencyOptions,
  getTransparencyQueryKey,
  putTransparencyMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';
import { say, sayProblem } from '@/ui/toast';

/** Longest name and label, characters, as the API takes them. */
const NAME_CHARS_MAX = 63;
const LABEL_CHARS_MAX = 80;

export function Transparency() {
  const page = useQuery(getTransparencyOptions());
  return (
    <Screen
      title="Transparency"
      says="A public page with the signed heads of your ledger, so that others can keep them and tell later that nothing was rewritten. It shows sizes, roots, times and signatures, and nothing of what was found."
      narrow
    >
      {page.isPending && <Waiting what="the page" />}
      {page.isError && <ProblemNotice error={page.error} retry={() => void page.refetch()} />}
      {page.data && <Page key={page.data.name} page={page.data} />}
    </Screen>
  );
}

function Page({ page }: { page: Settings }) {
  const mayChange = useMay('organization:write');
  const cache = useQueryClient();
  const [name, setName] = useState(page.name ?? '');
  const [label, setLabel] = useState(page.label);
  const put = useMutation({
    ...putTransparencyMutation(),
    onSuccess: (saved) => {
      cache.setQueryData(getTransparencyQueryKey(), saved);
      say(page.enabled ? 'Saved.' : 'Everybody who knows the address can read the heads now.');
    },
  });
  const remove = useMutation({
    ...deleteTransparencyMutation(),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: getTransparencyQueryKey() });
      say('Off. What others copied meanwhile stays with them.');
    },
    onError: sayProblem,
  });
  return (
    <>
      <Where page={page} />
      {mayChange && (
        <Card title={page.enabled ? 'Change it' : 'Turn it on'}>
          <Form
            errors={put.error ? asProblem(put.error).byField() : {}}
            onSubmit={() => put.mutate({ body: { label, ...(name && { name }) } })}
          >
            <TextField
              label="Name in the address"
              name="name"
              value={name}
              onChange={(event) => setName(event.target.value)}
              pattern="[a-z0-9][a-z0-9\-]{1,61}[a-z0-9]"
              maxLength={NAME_CHARS_MAX}
              hint="Small letters, digits and dashes. Empty: one that nobody guesses."
            />
            <TextField
              label="Called"
              name="label"
              value={label}
              onChange={(event) => setLabel(event.target.value)}
              maxLength={LABEL_CHARS_MAX}
              hint="Stands on the page; empty: your organization is not named."
            />
            <ProblemNotice error={put.error} />
            <div className="flex flex-wrap gap-2">
              <Button type="submit" look="primary" busy={put.isPending}>
                {page.enabled ? 'Save' : 'Turn on'}
              </Button>
              {page.enabled && (
                <Button busy={remove.isPending} onClick={() => remove.mutate({})}>
                  Turn off
                </Button>
              )}
            </div>
          </Form>
        </Card>
      )}
    </>
  );
}

function Where({ page }: { page: Settings }) {
  if (!page.enabled || !page.name)
    return (
      <Card>
        <p>Off: nobody outside your organization sees its tree heads.</p>
      </Card>
    );
  const path = `/transparency/${page.name}`;
  return (
    <Card title="On">
      <Facts
        rows={[
          [
            'Address',
            <span key="at" className="flex flex-wrap items-center gap-2">
              <a href={path} className="break-all text-accent underline">
                {path}
              </a>
              <CopyButton value={new URL(path, window.location.origin).href} what="the address" />
            </span>,
          ],
          ['Called', <Inert key="label">{page.label || 'not named'}</Inert>],
          ['Since', page.since ? <Moment key="since" at={page.since} both /> : '—'],
        ]}
      />
    </Card>
  );
}
