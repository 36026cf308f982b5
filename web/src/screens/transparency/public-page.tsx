/** The signed tree heads an organization shows to everybody, without sign-in. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import type { PublicHead } from '@/client';
import {
  getPublicLedgerOptions,
  listPublicHeadsInfiniteOptions,
} from '@/client/@tanstack/react-query.gen';
import { Site } from '@/screens/site';
import { EmptyState } from '@/ui/empty-state';
import { Inert } from '@/ui/inert';
import { ListOf, Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Facts, Screen, Waiting } from '@/ui/screen';

const route = getRouteApi('/transparency/$name');

export function PublicPage() {
  const { name } = route.useParams();
  const ledger = useQuery({ ...getPublicLedgerOptions({ path: { name } }), retry: false });
  return (
    <Site>
      <Screen
        title="Tree heads of a ledger"
        says="Each head signs everything recorded before it. Keep one, and you can tell later that nothing before it was changed or removed."
      >
        {ledger.isPending && <Waiting what="the ledger" />}
        {ledger.isError && <ProblemNotice error={ledger.error} />}
        {ledger.data && (
          <>
            <Card>
              <Facts
                rows={[
                  ['Shown by', <Inert key="label">{ledger.data.label || 'not named'}</Inert>],
                  ['Ledger', <Code key="org">{ledger.data.tenant_key}</Code>],
                  ['Leaves', ledger.data.head?.tree_size ?? 'none yet'],
                ]}
              />
            </Card>
            <Heads name={name} />
            <HowToWatch name={name} />
          </>
        )}
      </Screen>
    </Site>
  );
}

function Heads({ name }: { name: string }) {
  const options = listPublicHeadsInfiniteOptions({ path: { name }, query: { limit: PAGE_ROWS } });
  const query = useInfiniteQuery({ ...options, ...keyset });
  const items = rows<PublicHead>(query.data);
  return (
    <ListOf
      what="the heads"
      query={query}
      items={items}
      empty={
        <EmptyState
          title="Nothing was signed yet"
          why="The first head comes with the first thing that is recorded."
        />
      }
    >
      <Table label="Tree heads" head={['Leaves', 'Signed', 'Root', 'Signature', 'Key', 'Proof']}>
        {items.map((head, nth) => (
          <tr key={head.tree_size}>
            <td className="tabular-nums">{head.tree_size}</td>
            <td className="whitespace-nowrap">
              <Moment at={head.at} />
            </td>
            {[head.root_hash, head.signature, head.key_id].map((text) => (
              <td key={text} className="max-w-48 truncate" title={text}>
                <Code>{text}</Code>
              </td>
            ))}
            <td className="whitespace-nowrap">
              <Growth name={name} from={items[nth + 1]?.tree_size} to={head.tree_size} />
            </td>
          </tr>
        ))}
      </Table>
    </ListOf>
  );
}

function Growth({ name, from, to }: { name: string; from: number | undefined; to: number }) {
  if (from === undefined) return <>—</>;
  return (
    <a
      href={`/api/v1/transparency/${name}/consistency?from=${from}&to=${to}`}
      className="text-accent underline"
    >
      {`from ${from}`}
    </a>
  );
}

function HowToWatch({ name }: { name: string }) {
  return (
    <Card title="Watch it">
      <p className="text-sm">
        This fetches the heads, checks their signatures and that each goes on from the one before,
        and keeps the newest for the next time:
      </p>
      <pre className="overflow-x-auto text-sm">
        <code>{`watchtower --url ${window.location.origin} ledger watch ${name} --keep heads.json`}</code>
      </pre>
      <p className="flex flex-wrap gap-x-5 gap-y-2 text-sm">
        {[
          [`/api/v1/transparency/${name}/heads`, 'Heads as JSON'],
          ['/api/v1/ledger/keys', 'Public keys'],
        ].map(([to, says]) => (
          <a key={to} href={to} className="text-accent underline">
            {says}
          </a>
        ))}
      </p>
    </Card>
  );
}

function Code({ children }: { children: string }) {
  return (
    <code className="break-all text-sm">
      <Inert>{children}</Inert>
    </code>
  );
}
