/** For platform staff: people to help, the queue, stuck runs and dead letters. */
import { getRouteApi } from '@tanstack/react-router';
import { useMay } from '@/app/session';
import { EmptyState } from '@/ui/empty-state';
import { Screen } from '@/ui/screen';
import { LettersTab } from './letters';
import { PeopleTab } from './people';
import { QueueTab } from './queue';
import { StuckTab } from './stuck';
import { Tabs } from './tabs';

const route = getRouteApi('/in/platform');

export function Platform() {
  const mayOperate = useMay('platform:operate');
  const { tab } = route.useSearch();
  return (
    <Screen
      title="Platform"
      says="Staff read nothing of an organization by themselves. Who needs to see what somebody sees looks with their eyes, for half an hour and with a reason they are told."
    >
      {mayOperate ? (
        <>
          <Tabs tab={tab} />
          {tab === undefined && <PeopleTab />}
          {tab === 'queue' && <QueueTab />}
          {tab === 'stuck' && <StuckTab />}
          {tab === 'letters' && <LettersTab />}
        </>
      ) : (
        <EmptyState
          title="For the platform's staff"
          why="An operator of this installation says who is of its staff."
        />
      )}
    </Screen>
  );
}
