/** Who did what, newest first, and the whole log as a file. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay } from '@/app/session';
import type { AuditEntry } from '@/client';
import { listAuditInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { stringifySearch } from '@/search/url-search';
import { Button, ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { FilterText } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ListOf, Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { Screen } from '@/ui/screen';

const route = getRouteApi('/in/o/$org/audit');

const EXPORT =
  'inline-flex min-h-9 items-center rounded-md border border-line-strong bg-surface px-3.5 text-sm font-medium hover:bg-sunken';

export function Audit() {
  const may = useMay('audit:read');
  const search = route.useSearch();
  return (
    <Screen
      title="Audit"
      says="Who did what, as whom, from where. Nobody can change it; an export can be checked offline."
      actions={
        may && (
          <>
            <a
              href={`/api/v1/audit/export${stringifySearch({ ...search, format: 'csv' })}`}
              download="audit.csv"
              className={EXPORT}
            >
              Export CSV
            </a>
            <a href="/api/v1/audit/export" download="audit.jsonl" className={EXPORT}>
              Export with proof
            </a>
            <ButtonLink to="/verify">Check an export</ButtonLink>
          </>
        )
      }
    >
      {may ? (
        <Log />
      ) : (
        <EmptyState
          title="Not for this role"
          why="Owners, admins and auditors of the organization read its audit log."
        />
      )}
    </Screen>
  );
}

function Log() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery({
    ...listAuditInfiniteOptions({ query: { ...search, limit: PAGE_ROWS } }),
    ...keyset,
  });
  const items = rows(query.data);
  const narrow: Narrow = (to) => void navigate({ search: { ...search, ...to } });
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2" data-no-print>
        <FilterText
          label="Find in the log"
          value={search.q ?? ''}
          onChange={(q) =>
            void navigate({ search: { ...search, q: q || undefined }, replace: true })
          }
        />
        {(['actor', 'action', 'target'] as const).map(
          (name) =>
            search[name] && (
              <Button
                key={name}
                size="small"
                aria-label={`Remove filter: ${name}`}
                onClick={() => void navigate({ search: { ...search, [name]: undefined } })}
              >
                {name} <Inert>{search[name]}</Inert> ×
              </Button>
            ),
        )}
      </div>
      <ListOf
        what="audit log"
        query={query}
        items={items}
        empty={
          <EmptyState
            title={isFiltered ? 'Nothing like that' : 'Nothing recorded yet'}
            why="Sign-ins, changes to assets and scans are recorded here as they happen."
          />
        }
      >
        <Table label="Audit log" head={['When', 'Who', 'What', 'Target', 'From', 'Change']}>
          {items.map((entry) => (
            <Row key={entry.index} entry={entry} onNarrow={narrow} />
          ))}
        </Table>
      </ListOf>
    </>
  );
}

type Narrow = (to: { actor?: string; action?: string; target?: string }) => void;

function Row({ entry, onNarrow }: { entry: AuditEntry; onNarrow: Narrow }) {
  return (
    <tr>
      <td>
        <Moment at={entry.at} />
      </td>
      <td className="font-mono text-[0.8125rem]">
        <By name="actor" value={entry.actor} onNarrow={onNarrow} />
        {entry.acting_as && <p className="text-ink-muted">as {entry.acting_as}</p>}
      </td>
      <td className="font-medium whitespace-nowrap">
        <By name="action" value={entry.action} onNarrow={onNarrow} />
      </td>
      <td className="font-mono text-[0.8125rem] break-all">
        <By name="target" value={entry.target} onNarrow={onNarrow} />
      </td>
      <td>
        {entry.ip ?? '—'}
        {entry.user_agent && (
          <p className="max-w-48 truncate text-[0.8125rem] text-ink-muted">
            <Inert>{entry.user_agent}</Inert>
          </p>
        )}
      </td>
      <td className="font-mono text-xs break-all">
        <Inert>{change(entry)}</Inert>
      </td>
    </tr>
  );
}

/** A value that narrows the log to those with the same. */
function By(props: { name: 'actor' | 'action' | 'target'; value: string; onNarrow: Narrow }) {
  if (props.value === '') return '—';
  return (
    <button
      type="button"
      title={`Only this ${props.name}`}
      onClick={() => props.onNarrow({ [props.name]: props.value })}
      className="min-h-6 text-left break-all hover:underline"
    >
      <Inert>{props.value}</Inert>
    </button>
  );
}

/** What was and what is, as the record has it. */
function change({ before, after }: AuditEntry): string {
  const text = (value: unknown) => (value == null ? '' : JSON.stringify(value));
  if (before == null) return text(after);
  return `${text(before)} → ${text(after) || '∅'}`;
}
