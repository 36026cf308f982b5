/** Lists with a name: going to one, keeping what is shown, clearing up. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Bookmark } from 'lucide-react';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import type { NewView, SavedView } from '@/client';
import {
  createViewMutation,
  listViewsOptions,
  listViewsQueryKey,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { ProblemNotice } from '@/ui/problem-notice';
import { say } from '@/ui/toast';
import { ManageViews } from './manage-views';

/** What of a list a view keeps. */
export type Shown = Required<Pick<NewView, 'filter' | 'columns' | 'sort'>>;

export function ViewMenu({ shown, onOpen }: { shown: Shown; onOpen: (view: SavedView) => void }) {
  const views = useQuery(listViewsOptions());
  const [asked, setAsked] = useState<'save' | 'manage'>();
  const items = views.data?.items ?? [];
  const isShown = (view: SavedView) => view.filter === shown.filter && view.sort === shown.sort;
  return (
    <>
      <Menu
        trigger={
          <Button size="small">
            <Bookmark size={15} aria-hidden /> Views
          </Button>
        }
      >
        {views.isError && (
          <p className="max-w-64 px-2.5 py-1.5 text-sm text-danger">
            The views could not be read: {asProblem(views.error).message}
          </p>
        )}
        {views.data && items.length === 0 && (
          <p className="max-w-64 px-2.5 py-1.5 text-sm text-ink-muted">
            No views yet. A filter that is needed again can be kept with a name.
          </p>
        )}
        {items.map((view) => (
          <MenuItem key={view.id} checked={isShown(view)} onClick={() => onOpen(view)}>
            <span className="grid min-w-0">
              <span className="break-words">
                <Inert>{view.name}</Inert>
              </span>
              {view.shared && <span className="text-xs text-ink-muted">shared</span>}
            </span>
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem onClick={() => setAsked('save')}>Keep this view…</MenuItem>
        {items.length > 0 && <MenuItem onClick={() => setAsked('manage')}>Manage views…</MenuItem>}
      </Menu>
      {asked === 'save' && <Save shown={shown} onClose={() => setAsked(undefined)} />}
      {asked === 'manage' && (
        <ManageViews views={items} shown={shown} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}

function Save({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  const cache = useQueryClient();
  const [shared, setShared] = useState(false);
  const save = useMutation({
    ...createViewMutation(),
    onSuccess: (view) => {
      void cache.invalidateQueries({ queryKey: listViewsQueryKey() });
      say(`${view.name} is among the views.`);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Keep this view"
      says="The filter, the columns and the order get a name."
    >
      <Form
        errors={save.error ? asProblem(save.error).byField() : {}}
        onSubmit={(form) =>
          save.mutate({ body: { ...shown, name: String(form.get('name')), shared } })
        }
      >
        <TextField label="Name" name="name" required maxLength={80} autoComplete="off" />
        <label className="flex items-center gap-2.5 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={shared}
            onChange={(event) => setShared(event.target.checked)}
          />
          Everybody in the organization sees it
        </label>
        <p className="font-mono text-[0.8125rem] break-all text-ink-muted">
          {shown.filter || 'everything'}
        </p>
        <ProblemNotice error={save.error} />
        <div>
          <Button type="submit" look="primary" busy={save.isPending}>
            Keep it
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
