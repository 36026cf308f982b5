/** Who is in the organization, what they may do and why; controls only for who may use them. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMay, useOrg } from '@/app/session';
import type { TeamTab } from '@/search/screens';
import { Screen } from '@/ui/screen';
import { Invitations } from './invitations';
import { People } from './people';
import { Roles } from './roles';
import { Teams } from './teams';
import { Tree } from './tree';
import { Why } from './why';

const route = getRouteApi('/in/o/$org/team');
const TABS: readonly { tab: TeamTab; name: string; needs?: string }[] = [
  { tab: 'people', name: 'People' },
  { tab: 'invitations', name: 'Invitations', needs: 'members:manage' },
  { tab: 'teams', name: 'Teams' },
  { tab: 'roles', name: 'Roles' },
  { tab: 'organizations', name: 'Organizations' },
  { tab: 'why', name: 'Why may they?' },
];

export function Team() {
  const { tab = 'people' } = route.useSearch();
  const org = useOrg();
  const mayManage = useMay('members:manage');
  return (
    <Screen title="Team" says="Everybody who may see this organization, and what they may do.">
      <nav aria-label="Parts of the team" className="flex flex-wrap gap-1 border-b border-line">
        {TABS.filter(({ needs }) => needs === undefined || mayManage).map((each) => (
          <Link
            key={each.tab}
            to="/o/$org/team"
            params={{ org }}
            search={{ tab: each.tab }}
            aria-current={each.tab === tab ? 'page' : undefined}
            className="-mb-px border-b-2 border-transparent px-3 py-1.5 text-sm font-medium text-ink-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-accent"
          >
            {each.name}
          </Link>
        ))}
      </nav>
      {tab === 'people' && <People />}
      {tab === 'invitations' && mayManage && <Invitations />}
      {tab === 'teams' && <Teams />}
      {tab === 'roles' && <Roles />}
      {tab === 'organizations' && <Tree />}
      {tab === 'why' && <Why />}
    </Screen>
  );
}
