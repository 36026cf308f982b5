/** Values of fields that only the API knows: asked for while somebody types one, never before. */
import { useQuery } from '@tanstack/react-query';
import { useMay } from '@/app/session';
import {
  listAssetsOptions,
  listMembersOptions,
  listScansOptions,
} from '@/client/@tanstack/react-query.gen';
import { runKindWord } from '@/say/words';
import { canBeValue, type Typing } from './grammar';

/** Rows asked for; more than are offered, because some are already chosen. */
const ASKED = 20;

export type KnownValues = Record<string, { value: string; says?: string }[]>;

/** What is known for the field being typed; `checks` are those of the rows on screen. */
export function useKnownValues({ field, typed }: Typing, checks: readonly string[]): KnownValues {
  const mayReadAssets = useMay('assets:read');
  const mayReadPeople = useMay('organization:read');
  const mayReadRuns = useMay('runs:read');
  const q = typed.replace(/^[*.]+|\*+$/g, '');
  const assets = useQuery({
    ...listAssetsOptions({ query: { limit: ASKED, ...(q && { q }) } }),
    enabled: field === 'asset' && mayReadAssets,
  });
  const people = useQuery({
    ...listMembersOptions(),
    enabled: field === 'assignee' && mayReadPeople,
  });
  const runs = useQuery({
    ...listScansOptions({ query: { limit: ASKED } }),
    enabled: field === 'run' && mayReadRuns,
  });
  if (field === 'check')
    return {
      check: [...new Set(checks)]
        .filter(canBeValue)
        .sort()
        .map((value) => ({ value })),
    };
  if (field === 'asset')
    return {
      asset: (assets.data?.items ?? [])
        .filter(({ value }) => canBeValue(value))
        // A network is no name of a host; its id stands for all in it.
        .map(({ id, kind, value }) => (kind === 'cidr' ? { value: id, says: value } : { value })),
    };
  if (field === 'assignee')
    return {
      assignee: (people.data?.items ?? []).map(({ user }) => ({
        value: user.id,
        says: user.display_name || user.email,
      })),
    };
  if (field === 'run')
    return {
      run: (runs.data?.items ?? []).map(({ id, seq, kind }) => ({
        value: id,
        says: `#${seq}, ${runKindWord[kind].toLowerCase()}`,
      })),
    };
  return {};
}
