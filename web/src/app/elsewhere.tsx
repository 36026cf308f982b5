/** Shown in place of a screen whose organization the session has left. */
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Screen } from '@/ui/screen';
import { sayProblem } from '@/ui/toast';
import { enterOrganization, useMe } from './session';

export function Elsewhere({ org }: { org: string }) {
  const me = useMe();
  const cache = useQueryClient();
  const router = useRouter();
  const name = me.organizations.find((each) => each.tenant_key === org)?.name ?? org;
  const back = async () => {
    await enterOrganization(cache, router.options.context.live, org);
    await router.invalidate();
  };
  return (
    <Screen title="Another organization is open" narrow>
      <EmptyState
        title="This browser went to another organization"
        why={`Another tab switched. Nothing of ${name} is shown here until you come back to it.`}
        action={
          <div className="flex flex-wrap justify-center gap-2">
            <Button look="primary" onClick={() => void back().catch(sayProblem)}>
              Continue in {name}
            </Button>
            <Button onClick={() => window.location.assign('/app')}>
              Go where the other tab is
            </Button>
          </div>
        }
      />
    </Screen>
  );
}
