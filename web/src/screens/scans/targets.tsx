/** Which assets a scan looks at: some by name, or every verified one. */
import { useOrg } from '@/app/session';
import type { Asset } from '@/client';
import { VerifiedBadge } from '@/ui/badge';
import { ButtonLink } from '@/ui/button';

/** The ids, or all there are: also those that are not offered by name. */
export type Chosen = ReadonlySet<string> | 'every';

export function Targets(props: {
  assets: readonly Asset[];
  /** Whether there are more than are offered by name. */
  isCut: boolean;
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
}) {
  const org = useOrg();
  const { chosen } = props;
  const isEvery = chosen === 'every';
  const toggle = (id: string) => {
    const next = new Set(isEvery ? [] : chosen);
    if (!next.delete(id)) next.add(id);
    props.onChange(next);
  };
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">Targets</legend>
      <label className="flex items-center gap-2.5 text-sm">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={isEvery}
          onChange={(event) => props.onChange(event.target.checked ? 'every' : new Set())}
        />
        Every verified asset{props.isCut && ', also those not listed here'}
      </label>
      <ul className="max-h-80 divide-y divide-line overflow-y-auto rounded-lg border border-line bg-surface">
        {props.assets.map((asset) => (
          <li key={asset.id} className="flex flex-wrap items-center gap-3 px-3 py-2 text-sm">
            <label className="flex min-w-0 flex-1 items-center gap-2.5">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={asset.verified && (isEvery || chosen.has(asset.id))}
                disabled={!asset.verified || isEvery}
                onChange={() => toggle(asset.id)}
              />
              <span className="font-medium break-all">{asset.value}</span>
            </label>
            <VerifiedBadge verified={asset.verified} />
            {!asset.verified && (
              <ButtonLink
                to="/o/$org/assets/$id/verify"
                params={{ org, id: asset.id }}
                size="small"
              >
                Verify first
              </ButtonLink>
            )}
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
