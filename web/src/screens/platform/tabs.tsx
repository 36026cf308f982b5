/** The parts of what staff see. */
import { Link } from '@tanstack/react-router';

const TABS = [
  [undefined, 'People'],
  ['queue', 'Queue'],
  ['stuck', 'Stuck runs'],
  ['letters', 'Dead letters'],
] as const;

export function Tabs({ tab }: { tab: (typeof TABS)[number][0] }) {
  return (
    <nav aria-label="Parts of the platform" className="flex flex-wrap gap-1 border-b border-line">
      {TABS.map(([each, name]) => (
        <Link
          key={name}
          to="/platform"
          search={each === undefined ? {} : { tab: each }}
          // Without a tab in its address it would be current beside every other.
          activeOptions={{ exact: true }}
          aria-current={each === tab ? 'page' : undefined}
          className="-mb-px border-b-2 border-transparent px-3 py-1.5 text-sm font-medium text-ink-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-accent"
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
