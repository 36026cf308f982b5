/** A screen whose only purpose would be refused, opened by its address. */
import { EmptyState } from '@/ui/empty-state';
import { Screen } from '@/ui/screen';
import { useMe } from './session';

export function NotForRole({ title, why }: { title: string; why: string }) {
  const { organization } = useMe();
  return (
    <Screen title={title} narrow>
      <EmptyState
        title={`Not for the role of ${organization.role}`}
        why={`${why} An owner or admin of ${organization.name} can give you a role that may.`}
      />
    </Screen>
  );
}
