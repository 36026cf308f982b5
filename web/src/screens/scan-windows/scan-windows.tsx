/** When assets may be scanned: the weekly rules, whether it is such a time now, and what never is. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '@/app/session';
import type { ScanOpening, ScanWindowRule, ScanWindows as Windows } from '@/client';
import {
  getScanWindowsOptions,
  getScanWindowsQueryKey,
  listAssetsOptions,
  putScanWindowsMutation,
} from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { ifMatch } from '../team/rights';
import { Exclusions } from './exclusions';
import { NewRule } from './new-rule';
import { daysSay, hoursSay } from './rules';

/** Assets whose names are read for the rules that name them; others are said by number. */
const NAMED = 100;
/** Opening and closing are minutes apart at least. */
const READ_AGAIN_MS = 60_000;

export function ScanWindows() {
  const windows = useQuery({ ...getScanWindowsOptions(), refetchInterval: READ_AGAIN_MS });
  return (
    <Screen
      title="Scan windows"
      says="Runs begin, and jobs end, within these hours. Without any window, every time is one."
    >
      {windows.isPending && <Waiting what="the rules" />}
      {windows.isError && (
        <ProblemNotice error={windows.error} retry={() => void windows.refetch()} />
      )}
      {windows.data && <Rules windows={windows.data} />}
      <Exclusions />
    </Screen>
  );
}

function Rules({ windows }: { windows: Windows }) {
  const mayChange = useMay('organization:write');
  const cache = useQueryClient();
  const [adding, setAdding] = useState(false);
  const save = useMutation({
    ...putScanWindowsMutation(),
    onSuccess: (saved) => {
      cache.setQueryData(getScanWindowsQueryKey(), saved);
      setAdding(false);
      say('Saved. It holds for runs that are requested from now on.');
    },
    // Somebody else was faster: what is there now is what a second try is about.
    onError: () => void cache.invalidateQueries({ queryKey: getScanWindowsQueryKey() }),
  });
  const put = (rules: ScanWindowRule[]) =>
    save.mutate({ body: { rules }, headers: ifMatch(windows.version) });
  const add = mayChange && (
    <Button look="primary" onClick={() => setAdding(true)}>
      Add a rule
    </Button>
  );
  const { rules } = windows;
  return (
    <>
      {windows.now && <Now now={windows.now} />}
      {rules.length === 0 ? (
        <EmptyState
          title="No rules yet"
          why="Assets are scanned whenever somebody asks or a schedule is due."
          action={add}
        />
      ) : (
        <>
          <RuleTable
            rules={rules}
            busy={save.isPending}
            onRemove={mayChange ? (nth) => put(rules.filter((_, at) => at !== nth)) : undefined}
          />
          {add && <div>{add}</div>}
        </>
      )}
      {!adding && <ProblemNotice error={save.error} />}
      {adding && (
        <NewRule
          nth={rules.length}
          onClose={() => {
            setAdding(false);
            save.reset();
          }}
          onAdd={(rule) => put([...rules, rule])}
          busy={save.isPending}
          error={save.error}
        />
      )}
    </>
  );
}

function Now({ now }: { now: ScanOpening }) {
  const changes = now.is_open ? 'closes' : 'next open';
  return (
    <Card title="Now">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <Badge tone={now.is_open ? 'good' : 'unproven'}>{now.is_open ? 'Open' : 'Closed'}</Badge>
        {now.changes_at ? (
          <span>
            {changes} <Moment at={now.changes_at} both />
          </span>
        ) : (
          <span className="text-ink-muted">
            {now.is_open ? 'without an end in sight' : 'and not open within two weeks'}
          </span>
        )}
      </p>
      <p className="text-sm text-ink-muted">For assets that no rule names.</p>
    </Card>
  );
}

function RuleTable(props: {
  rules: readonly ScanWindowRule[];
  busy: boolean;
  onRemove: ((nth: number) => void) | undefined;
}) {
  const mayRead = useMay('assets:read');
  const isNeeded = props.rules.some((rule) => rule.asset_ids?.length);
  const assets = useQuery({
    ...listAssetsOptions({ query: { limit: NAMED } }),
    enabled: mayRead && isNeeded,
  });
  const names = new Map(assets.data?.items.map((each) => [each.id, each.value]));
  const { onRemove } = props;
  return (
    <Table label="Rules" head={['Rule', 'Days', 'Hours', 'Time zone', 'Assets', '']}>
      {props.rules.map((rule, nth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rules have no names, their place is what they are told apart by
        <tr key={nth} className="border-b border-line last:border-0">
          <td className="px-3 py-2">
            <Badge tone={rule.kind === 'window' ? 'accent' : 'unproven'}>
              {rule.kind === 'window' ? 'Window' : 'Blackout'}
            </Badge>
          </td>
          <td className="px-3 py-2">{daysSay(rule.days)}</td>
          <td className="px-3 py-2 whitespace-nowrap tabular-nums">{hoursSay(rule)}</td>
          <td className="px-3 py-2">
            <Inert>{rule.time_zone}</Inert>
          </td>
          <td className="px-3 py-2">
            <Named ids={rule.asset_ids ?? []} names={names} />
          </td>
          <td className="px-3 py-2 text-right">
            {onRemove && (
              <Button
                size="small"
                look="quiet"
                busy={props.busy}
                aria-label={`Remove ${rule.kind} ${daysSay(rule.days)} ${hoursSay(rule)}`}
                onClick={() => onRemove(nth)}
              >
                Remove
              </Button>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Most names of one rule on screen. */
const SHOWN = 5;

function Named({ ids, names }: { ids: readonly string[]; names: ReadonlyMap<string, string> }) {
  if (ids.length === 0) return <span className="text-ink-muted">every one</span>;
  const known = ids.flatMap((id) => names.get(id) ?? []).slice(0, SHOWN);
  const more = ids.length - known.length;
  return (
    <span>
      <Inert>{known.join(', ')}</Inert>
      {more > 0 && (known.length > 0 ? ` and ${more} more` : count(more, 'asset'))}
    </span>
  );
}
