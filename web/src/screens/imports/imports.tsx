/** Bringing in what other tools found: looked at first, then taken; and what was taken before. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay } from '@/app/session';
import type { Import } from '@/client';
import {
  importFindingsMutation,
  listImportsInfiniteOptions,
} from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice, Form } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ListOf, Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen } from '@/ui/screen';
import { say, sayProblem } from '@/ui/toast';
import { FORMATS, type Format, formatWord, guessFormat } from './guess';

/** Most bytes the server takes. */
const FILE_BYTES_MAX = 32 * 1024 * 1024;

export function Imports() {
  const mayImport = useMay('runs:create');
  return (
    <Screen
      title="Import"
      says="What nuclei, nmap, DefectDojo or a tool that writes SARIF found on assets you verified. It shows that something is there; it never closes anything."
    >
      {mayImport && <NewImport />}
      <Before />
    </Screen>
  );
}

function NewImport() {
  const cache = useQueryClient();
  const [text, setText] = useState('');
  const [format, setFormat] = useState<Format | ''>('');
  const look = useMutation(importFindingsMutation());
  const take = useMutation({
    ...importFindingsMutation(),
    onSuccess: (done) => {
      say(counted(done));
      // It is in the list of exposures and in everything counted from it.
      return cache.invalidateQueries();
    },
  });
  const choose = (next: string) => {
    setText(next);
    look.reset();
    take.reset();
  };
  const asked = (dry_run: boolean) =>
    format === '' ? undefined : { query: { format, dry_run }, body: text };
  const send = (mutation: typeof look, dry_run: boolean) => {
    const request = asked(dry_run);
    if (request) mutation.mutate(request);
  };
  const shown = take.data ?? look.data;
  return (
    <Card title="A file">
      <Form onSubmit={() => send(look, true)}>
        <label className="grid gap-1 text-sm font-medium">
          File
          <input
            type="file"
            accept=".json,.jsonl,.xml,.sarif"
            required
            onChange={(event) => {
              choose('');
              const file = event.currentTarget.files?.[0];
              if (!file) return;
              if (file.size > FILE_BYTES_MAX) {
                sayProblem(new Error('A file may have 32 MiB. Import it in parts.'));
                return;
              }
              file.text().then((its) => {
                choose(its);
                setFormat(guessFormat(its) ?? '');
              }, sayProblem);
            }}
            className="w-full rounded-md border border-line-strong bg-surface px-3 py-1.5 font-normal"
          />
        </label>
        <Choice
          label="Written by"
          value={format}
          onChange={(next) => {
            setFormat(next);
            look.reset();
            take.reset();
          }}
          options={[
            ['', 'Choose…'] as const,
            ...FORMATS.map((each) => [each, formatWord[each]] as const),
          ]}
        />
        <ProblemNotice error={take.error ?? look.error} />
        <div className="flex gap-2">
          <Button type="submit" busy={look.isPending} disabled={text === '' || format === ''}>
            {look.isPending ? 'Looking…' : 'See what it would change'}
          </Button>
          {look.data && !take.data && (
            <Button
              look="primary"
              busy={take.isPending}
              disabled={look.data.accepted === 0}
              onClick={() => send(take, false)}
            >
              {take.isPending ? 'Importing…' : 'Import'}
            </Button>
          )}
        </div>
      </Form>
      <div role="status" className="grid gap-3">
        {shown && (
          <>
            <p className="text-sm font-medium tabular-nums">
              {take.data ? 'Imported: ' : 'Nothing is written yet. It would: '}
              {counted(shown)}
            </p>
            <Refused of={shown} />
          </>
        )}
      </div>
    </Card>
  );
}

/** What came of a file, in a sentence. */
function counted(its: Import): string {
  const open = `${count(its.opened, 'exposure')} opened`;
  const left = `${its.changed} changed, ${its.unchanged} known already`;
  return `${open}, ${left}, ${count(its.refused_total, 'line')} refused.`;
}

const REASON: Record<string, string> = {
  malformed: 'Can’t be read',
  out_of_scope: 'Out of scope',
  unknown_check: 'No check for it',
  not_open: 'Not open there',
  too_old: 'A scan knows better',
};

function Refused({ of: its }: { of: Import }) {
  if (its.refused.length === 0) return null;
  const more = its.refused_total - its.refused.length;
  return (
    <>
      <Table label="Refused lines" head={['Line', 'Why', 'Where', 'More']}>
        {its.refused.map((each, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line may be refused more than once
          <tr key={row}>
            <td className="tabular-nums">{each.line}</td>
            <td className="whitespace-nowrap">{REASON[each.reason] ?? each.reason}</td>
            <td className="break-all">
              <Inert>{each.subject}</Inert>
            </td>
            <td className="text-ink-muted">
              <Inert>{each.detail}</Inert>
            </td>
          </tr>
        ))}
      </Table>
      {more > 0 && <p className="text-sm text-ink-muted">{`And ${count(more, 'line')} more.`}</p>}
    </>
  );
}

function Before() {
  const options = listImportsInfiniteOptions({ query: { limit: PAGE_ROWS } });
  const query = useInfiniteQuery({ ...options, ...keyset });
  const items = rows(query.data);
  return (
    <ListOf
      what="the imports"
      query={query}
      items={items}
      empty={
        <EmptyState
          title="Nothing was imported yet"
          why="What other tools found gets the same place as what a scan here would find."
        />
      }
    >
      <Table
        label="Imports"
        head={['When', 'Written by', 'Opened', 'Changed', 'Known', 'Refused', 'Who']}
      >
        {items.map((each) => (
          <tr key={each.id}>
            <td className="whitespace-nowrap">
              <Moment at={each.at} />
            </td>
            <td>{formatWord[each.format]}</td>
            <td className="tabular-nums">{each.opened}</td>
            <td className="tabular-nums">{each.changed}</td>
            <td className="tabular-nums">{each.unchanged}</td>
            <td className="tabular-nums">{each.refused_total}</td>
            <td className="break-all">{each.by}</td>
          </tr>
        ))}
      </Table>
    </ListOf>
  );
}
