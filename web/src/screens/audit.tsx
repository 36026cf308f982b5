/** Who did what, newest first, and the whole log as a file. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { useMay } from '@/app/session';
import type { AuditEntry } from '@/client';
import { listAuditInfiniteOptions } from '@/client/@tanstack/react-query.gen';
import { ButtonLink } from '@/ui/button';
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
  return (
    <Screen
      title="Audit"
      says="Who did what, as whom, from where. Nobody can change it; an export can be checked offline."
      actions={
        may && (
          <>
            <a href="/api/v1/audit/export?format=csv" download="audit.csv" className={EXPORT}>
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
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  return (
    <>
      <FilterText
        label="Find in the log"
        value={search.q ?? ''}
        onChange={(q) => void navigate({ search: { ...search, q: q || undefined }, replace: true })}
      />
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
            <Row key={entry.index} entry={entry} />
          ))}
        </Table>
      </ListOf>
    </>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  return (
    <tr>
      <td>
        <Moment at={entry.at} />
      </td>
      <td className="font-mono text-[0.8125rem]">
        {entry.actor}
        {entry.acting_as && <p className="text-ink-muted">as {entry.acting_as}</p>}
      </td>
      <td className="font-medium whitespace-nowrap">{entry.action}</td>
      <td className="font-mono text-[0.8125rem] break-all">
        <Inert>{entry.target}</Inert>
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

/** What was and what is, as the record has it. */
function change({ before, after }: AuditEntry): string {
  const text = (value: unknown) => (value == null ? '' : JSON.stringify(value));
  if (before == null) return text(after);
  return `${text(before)} → ${text(after) || '∅'}`;
}
