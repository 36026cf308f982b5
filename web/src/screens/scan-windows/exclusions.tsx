/** What is never scanned, and why: the list, and what changes it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { useMay } from '@/app/session';
import type { ScanExclusion } from '@/client';
import {
  getScanExclusionsOptions,
  getScanExclusionsQueryKey,
  putScanExclusionsMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { ifMatch } from '../team/rights';
import { about } from './rules';

/** The exclusions, and how they are replaced; `onSaved` when they were. */
export function useExclusions(onSaved: () => void) {
  const cache = useQueryClient();
  const mayRead = useMay('organization:read');
  const list = useQuery({ ...getScanExclusionsOptions(), enabled: mayRead });
  const save = useMutation({
    ...putScanExclusionsMutation(),
    onSuccess: (saved) => {
      cache.setQueryData(getScanExclusionsQueryKey(), saved);
      onSaved();
      say('Saved. It holds for runs that are requested from now on.');
    },
    // Somebody else was faster: what is there now is what a second try is about.
    onError: () => void cache.invalidateQueries({ queryKey: getScanExclusionsQueryKey() }),
  });
  const exclusions = list.data?.exclusions ?? [];
  const put = (next: ScanExclusion[]) =>
    save.mutate({ body: { exclusions: next }, headers: ifMatch(list.data?.version ?? 0) });
  return { list, save, exclusions, put };
}

export function Exclusions() {
  const mayChange = useMay('organization:write');
  const [adding, setAdding] = useState(false);
  const { list, save, exclusions, put } = useExclusions(() => setAdding(false));
  return (
    <Card
      title="Never scanned"
      actions={
        mayChange &&
        list.data && (
          <Button size="small" onClick={() => setAdding(true)}>
            Exclude something
          </Button>
        )
      }
    >
      {list.isPending && <Waiting what="the exclusions" />}
      {list.isError && <ProblemNotice error={list.error} retry={() => void list.refetch()} />}
      {list.data &&
        (exclusions.length === 0 ? (
          <p className="text-sm text-ink-muted">
            Nothing is excluded: whatever is proven to be yours may be scanned.
          </p>
        ) : (
          <ExclusionTable
            exclusions={exclusions}
            busy={save.isPending}
            onRemove={
              mayChange ? (what) => put(exclusions.filter((each) => each.what !== what)) : undefined
            }
          />
        ))}
      {!adding && <ProblemNotice error={save.error} />}
      {adding && (
        <NewExclusion
          nth={exclusions.length}
          onClose={() => {
            setAdding(false);
            save.reset();
          }}
          onAdd={(exclusion) => put([...exclusions, exclusion])}
          busy={save.isPending}
          error={save.error}
        />
      )}
    </Card>
  );
}

function ExclusionTable(props: {
  exclusions: readonly ScanExclusion[];
  busy: boolean;
  onRemove: ((what: string) => void) | undefined;
}) {
  const { onRemove } = props;
  return (
    <Table label="Exclusions" head={['What', 'Why', '']}>
      {props.exclusions.map(({ what, reason }) => (
        <tr key={what} className="border-b border-line last:border-0">
          <td className="px-3 py-2 font-mono text-sm break-all">
            <Inert>{what}</Inert>
          </td>
          <td className="px-3 py-2">
            <Inert>{reason ?? ''}</Inert>
          </td>
          <td className="px-3 py-2 text-right">
            {onRemove && (
              <Button
                size="small"
                look="quiet"
                busy={props.busy}
                aria-label={`Scan ${what} again`}
                onClick={() => onRemove(what)}
              >
                Scan again
              </Button>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** One more exclusion; `of` where it is known what it is about. */
export function NewExclusion(props: {
  of?: string;
  /** Its place among the exclusions, by which the API says what is wrong with it. */
  nth: number;
  onClose: () => void;
  onAdd: (exclusion: ScanExclusion) => void;
  busy: boolean;
  error: unknown;
}) {
  const errors = props.error
    ? about(asProblem(props.error).byField(), props.nth, 'exclusions')
    : {};
  const text = (form: FormData, name: string) => String(form.get(name) ?? '').trim();
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.of ? `Exclude ${props.of} from scans?` : 'Exclude something from scans'}
      says="Nothing connects to it any more, by whatever way. What is open there stays as it is: it is not called fixed."
    >
      <Form
        onSubmit={(form) =>
          props.onAdd({ what: props.of ?? text(form, 'what'), reason: text(form, 'reason') })
        }
        errors={errors}
      >
        {props.of === undefined && (
          <TextField
            label="What"
            name="what"
            maxLength={300}
            autoComplete="off"
            hint="A name, an address, a network, or ports of every host: port:25,8000-8100"
            required
          />
        )}
        <TextField
          label="Why"
          name="reason"
          maxLength={200}
          autoComplete="off"
          hint="Shown wherever something is left out because of this."
        />
        <ProblemNotice error={props.error} />
        <div>
          <Button type="submit" look="primary" busy={props.busy}>
            Exclude
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
