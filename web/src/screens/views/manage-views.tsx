/** The views there are: what each holds, and what may be done with it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMay, useMe } from '@/app/session';
import type { SavedView } from '@/client';
import {
  deleteViewMutation,
  listViewsQueryKey,
  updateViewMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Inert } from '@/ui/inert';
import { ProblemNotice } from '@/ui/problem-notice';
import { say } from '@/ui/toast';
import { ifMatch } from '../team/rights';
import type { Shown } from './view-menu';

export function ManageViews(props: {
  views: readonly SavedView[];
  shown: Shown;
  onClose: () => void;
}) {
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Views"
      says="Your own, and those shared in the organization."
    >
      {props.views.length === 0 && <p className="text-sm text-ink-muted">None any more.</p>}
      <ul className="divide-y divide-line">
        {props.views.map((view) => (
          <Row key={view.id} view={view} shown={props.shown} />
        ))}
      </ul>
    </Dialog>
  );
}

function Row({ view, shown }: { view: SavedView; shown: Shown }) {
  const me = useMe();
  const mayChangeShared = useMay('organization:write');
  const mayChange = view.owner === me.user.id || (view.shared && mayChangeShared);
  const cache = useQueryClient();
  const again = () => cache.invalidateQueries({ queryKey: listViewsQueryKey() });
  const remove = useMutation({
    ...deleteViewMutation(),
    onSuccess: () => {
      say(`${view.name} was removed.`);
      return again();
    },
  });
  const replace = useMutation({
    ...updateViewMutation(),
    onSuccess: () => {
      say(`${view.name} is what is shown now.`);
      return again();
    },
  });
  return (
    <li className="grid gap-2 py-3 text-sm first:pt-0">
      <p className="font-medium break-words">
        <Inert>{view.name}</Inert>
        {view.shared && <span className="font-normal text-ink-muted"> · shared</span>}
      </p>
      <p className="font-mono text-[0.8125rem] break-all text-ink-muted">
        <Inert>{view.filter || 'everything'}</Inert>
      </p>
      <ProblemNotice error={remove.error ?? replace.error} />
      {mayChange && (
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            busy={replace.isPending}
            onClick={() =>
              replace.mutate({
                path: { id: view.id },
                body: { ...shown, name: view.name, shared: view.shared },
                headers: ifMatch(view.version),
              })
            }
          >
            Replace by what is shown
          </Button>
          <Button
            size="small"
            look="danger"
            busy={remove.isPending}
            onClick={() => remove.mutate({ path: { id: view.id } })}
          >
            Remove
          </Button>
        </div>
      )}
    </li>
  );
}
