/** One asset on a line of the list or the tree: its proof, what is open on it, what comes next. */
import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useMay, useOrg } from '@/app/session';
import type { Asset } from '@/client';
import { SEVERITIES } from '@/say/words';
import { RunBadge, SeverityBadge, VerifiedBadge } from '@/ui/badge';
import { ButtonLink } from '@/ui/button';
import { classes } from '@/ui/classes';
import { Moment } from '@/ui/moment';
import { Below } from './below';

/** By depth; literal, so that the style sheet has them. Deeper ones stand no further in. */
const INDENT = ['', 'pl-8!', 'pl-13!', 'pl-18!', 'pl-23!'];

export function AssetRow(props: {
  asset: Asset;
  /** Whether what is open on it is shown. */
  counts: boolean;
  /** In the tree: how deep it stands, and under what. */
  isTree?: boolean;
  depth?: number;
  under?: Asset | undefined;
}) {
  const { asset, depth = 0, under } = props;
  const org = useOrg();
  const mayReadExposures = useMay('exposures:read');
  const [isOpen, setOpen] = useState(false);
  const mayWrite = useMay('assets:write');
  const mayScan = useMay('runs:create');
  const params = { org, id: asset.id };
  const row = (
    <tr>
      <td className={classes('min-w-44', INDENT[Math.min(depth, INDENT.length - 1)])}>
        {props.isTree && mayReadExposures && asset.verified && (
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={`What is below ${asset.value}`}
            onClick={() => setOpen(!isOpen)}
            className="mr-1 inline-grid size-6 place-items-center rounded align-middle text-ink-muted hover:bg-sunken"
          >
            <ChevronRight size={15} aria-hidden className={isOpen ? 'rotate-90' : ''} />
          </button>
        )}
        <Link
          to="/o/$org/assets/$id"
          params={params}
          data-row
          className="font-medium break-all hover:underline"
        >
          {asset.value}
        </Link>
        {under && <span className="sr-only"> under {under.value}</span>}
        {asset.tags.length > 0 && (
          <p className="text-[0.8125rem] text-ink-muted">{asset.tags.join(', ')}</p>
        )}
      </td>
      <td>{asset.kind}</td>
      <td>
        <VerifiedBadge verified={asset.verified} />
      </td>
      {props.counts && (
        <td>
          <OpenOn asset={asset} />
        </td>
      )}
      <td>
        {asset.last_run ? (
          <Link
            to="/o/$org/scans/$run"
            params={{ org, run: asset.last_run.id }}
            className="inline-flex flex-wrap gap-1.5"
          >
            <RunBadge state={asset.last_run.state} />
            <Moment at={asset.last_run.finished_at ?? asset.last_run.created_at} />
          </Link>
        ) : (
          <span className="text-ink-muted">never</span>
        )}
      </td>
      <td>
        <Moment at={asset.created_at} />
      </td>
      <td>
        {asset.verified
          ? mayScan && (
              <ButtonLink
                to="/o/$org/scans/new"
                params={{ org }}
                search={{ asset: asset.id }}
                size="small"
              >
                Scan
              </ButtonLink>
            )
          : mayWrite && (
              <ButtonLink
                to="/o/$org/assets/$id/verify"
                params={params}
                size="small"
                look="primary"
              >
                Verify
              </ButtonLink>
            )}
      </td>
    </tr>
  );
  if (!isOpen) return row;
  return (
    <>
      {row}
      <tr>
        <td colSpan={props.counts ? 7 : 6} className="bg-sunken pl-10!">
          <Below id={asset.id} />
        </td>
      </tr>
    </>
  );
}

/** What is open on it, worst first; each number leads to what it counts. */
function OpenOn({ asset }: { asset: Asset }) {
  const org = useOrg();
  // Nobody could say: that is not nothing.
  if (!asset.open) return <span className="text-ink-muted">unknown</span>;
  const counted = SEVERITIES.map((severity) => [severity, asset.open?.[severity] ?? 0] as const);
  const some = counted.filter(([, many]) => many > 0);
  if (some.length === 0)
    return (
      <span className="text-ink-muted">
        {asset.last_run ? 'nothing' : <span aria-hidden>–</span>}
      </span>
    );
  return (
    <span className="flex flex-wrap gap-x-2.5 gap-y-1">
      {some.map(([severity, many]) => (
        <Link
          key={severity}
          to="/o/$org/exposures"
          params={{ org }}
          search={{ filter: `asset:${asset.id} severity:${severity} state:open,unresponsive` }}
          className="inline-flex items-center gap-1 hover:underline"
        >
          <SeverityBadge severity={severity} />
          <span className="tabular-nums">{many.toLocaleString('en')}</span>
          <span className="sr-only">
            {many === 1 ? 'exposure' : 'exposures'} on {asset.value}
          </span>
        </Link>
      ))}
    </span>
  );
}
