/** What the later of two runs saw beside the earlier, by what became of it. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { CircleCheck, CircleHelp, Download, Pencil, Sparkles } from 'lucide-react';
import { useState } from 'react';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { type ComparedExposure, compareScans, type Run, type RunComparison } from '@/client';
import { compareScansInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { Badge, SeverityBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { csv } from '@/ui/csv';
import { EmptyState } from '@/ui/empty-state';
import { Inert } from '@/ui/inert';
import { ListOf } from '@/ui/list';
import { saveFile } from '@/ui/save-file';
import { Card } from '@/ui/screen';
import { sayProblem } from '@/ui/toast';
import { ExposureName, Where } from '../exposure/named';

/** Rows of a page of an export, and rows that are exported at most. */
const EXPORT_PAGE = 200;
const EXPORT_MAX = 10_000;

type What = ComparedExposure['what'];

/** In the order in which they are read. */
const GROUPS = ['new', 'gone', 'changed', 'not_compared'] as const satisfies What[];

const GROUP = {
  new: ['New', 'Seen by the later one, and looked for in vain by the earlier.', 'accent', Sparkles],
  gone: ['Gone', 'Seen by the earlier one, looked at again and not there.', 'good', CircleCheck],
  changed: ['Changed', 'Seen by both, not the same.', 'medium', Pencil],
  not_compared: [
    'Not compared',
    'Seen by one, not settled by the other, so nothing is known.',
    'unproven',
    CircleHelp,
  ],
} as const satisfies Record<What, unknown>;

/** All of it, page by page. */
export function Difference({ earlier, later }: { earlier: Run; later: Run }) {
  const path = { run_id: later.id, other: earlier.id };
  const query = useInfiniteQuery({
    ...compareScansInfiniteOptions({ path, query: { limit: PAGE_ROWS } }),
    ...keyset,
  });
  const first = query.data?.pages[0];
  const items = rows(query.data);
  return (
    <>
      {first && <Verdict it={first} />}
      {items.length > 0 && (
        <div data-no-print>
          <Export earlier={earlier} later={later} />
        </div>
      )}
      <ListOf
        what="what is different"
        query={query}
        items={items}
        empty={
          <EmptyState
            title={first && isUnknown(first) ? 'Nothing was compared' : 'No difference'}
            why={first && whyEmpty(first)}
          />
        }
      >
        {GROUPS.map((what) => (
          <Group
            key={what}
            what={what}
            total={first?.counts[what] ?? 0}
            items={items.filter((each) => each.what === what)}
          />
        ))}
      </ListOf>
    </>
  );
}

/** Whether there was nothing to compare at all; that is not "no difference". */
const isUnknown = ({ reasons }: RunComparison) =>
  reasons.some(({ code }) => code === 'nothing_settled' || code === 'results_gone');

function whyEmpty(it: RunComparison): string {
  if (isUnknown(it)) return 'What stands against it is said above.';
  if (it.counts.same === 0) return 'Neither saw anything that is exposed.';
  return it.counts.same === 1
    ? '1 exposure stands as it was.'
    : `${it.counts.same.toLocaleString('en')} exposures stand as they were.`;
}

/** How much of each, and what stands against comparing at all. */
function Verdict({ it }: { it: RunComparison }) {
  return (
    <>
      {!it.comparable && (
        <section
          aria-label="Not comparable as they are"
          className="rounded-lg border border-line-strong bg-medium-tint p-3 text-sm text-ink"
        >
          <p className="font-medium">Not comparable as they are:</p>
          <ul className="list-disc pl-5">
            {it.reasons.map(({ code, says }) => (
              <li key={code}>
                <Inert>{says}</Inert>
              </li>
            ))}
          </ul>
        </section>
      )}
      <ul aria-label="Counts" className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {GROUPS.map((what) => (
          <li key={what} className="flex items-center gap-2">
            <What what={what} />
            <span className="tabular-nums">{it.counts[what].toLocaleString('en')}</span>
          </li>
        ))}
        <li className="text-ink-muted">{it.counts.same.toLocaleString('en')} the same</li>
      </ul>
    </>
  );
}

function What({ what }: { what: What }) {
  const [name, , tone, icon] = GROUP[what];
  return (
    <Badge tone={tone} icon={icon}>
      {name}
    </Badge>
  );
}

function Group(props: { what: What; total: number; items: readonly ComparedExposure[] }) {
  const { what, total, items } = props;
  if (items.length === 0) return null;
  return (
    <Card title={`${GROUP[what][0]} (${total.toLocaleString('en')})`}>
      <p className="text-sm text-ink-muted">{GROUP[what][1]}</p>
      <ul className="grid gap-1.5 text-sm">
        {items.map((each) => (
          <li key={each.exposure_key} className="grid gap-0.5">
            <span className="flex flex-wrap items-center gap-2">
              <What what={what} />
              <SeverityBadge severity={each.severity} />
              <ExposureName of={{ key: each.exposure_key, title: each.title }} />
              <Where of={each} />
            </span>
            <Note of={each} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What changed of it, or why it was not compared. */
function Note({ of }: { of: ComparedExposure }) {
  const fields = of.changed_fields ?? [];
  if (of.reason)
    return (
      <span className="text-[0.8125rem] text-ink-muted">
        <Inert>{of.reason}</Inert>
      </span>
    );
  if (fields.length === 0) return null;
  return (
    <span className="text-[0.8125rem] text-ink-muted">
      Not the same: <Inert>{fields.join(', ')}</Inert>
    </span>
  );
}

/** Everything as a file, also what is not shown yet. */
function Export({ earlier, later }: { earlier: Run; later: Run }) {
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const items = await readAll(earlier, later);
      saveFile(`compare-${earlier.seq}-${later.seq}.csv`, 'text/csv', asCsv(items));
    } catch (error) {
      sayProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} onClick={() => void save()}>
      <Download size={15} aria-hidden /> Export as CSV
    </Button>
  );
}

async function readAll(earlier: Run, later: Run): Promise<ComparedExposure[]> {
  const items: ComparedExposure[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await compareScans({
      path: { run_id: later.id, other: earlier.id },
      query: { limit: EXPORT_PAGE, ...(cursor && { cursor }) },
      throwOnError: true,
    });
    items.push(...data.items);
    cursor = data.next_cursor ?? undefined;
  } while (cursor && items.length < EXPORT_MAX);
  return items;
}

/** One exposure a line. */
function asCsv(items: readonly ComparedExposure[]): string {
  return csv(
    ['difference', 'key', 'severity', 'title', 'check_id', 'host', 'port', 'note'],
    items.map((each) => [
      each.what,
      each.exposure_key,
      each.severity,
      each.title,
      each.check_id,
      each.host,
      each.port,
      each.reason || (each.changed_fields ?? []).join(' '),
    ]),
  );
}
