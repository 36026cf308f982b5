/** No changes: because of the filter, because all is quiet, or because nothing was scanned. */
import { useOrg } from '@/app/session';
import { Button, ButtonLink } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';

export function Quiet(props: { filtered: boolean; clear: () => void; hasRun: boolean }) {
  const org = useOrg();
  if (props.filtered) {
    return (
      <EmptyState
        title="Nothing matches"
        why="There is no change of this kind. The filter may hide others."
        action={<Button onClick={props.clear}>Show all changes</Button>}
      />
    );
  }
  if (props.hasRun) {
    return (
      <EmptyState title="All quiet" why="The last run found nothing that was not there before." />
    );
  }
  return (
    <EmptyState
      title="Nothing was scanned yet"
      why="Changes come from comparing scans. Add something you own, prove it, and run the first scan."
      action={
        <ButtonLink to="/o/$org/start" params={{ org }} look="primary">
          Go to the first steps
        </ButtonLink>
      }
    />
  );
}
