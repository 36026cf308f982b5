/** Screens, organizations, deeds, and whatever is found by what was typed. */
import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog as Base } from '@base-ui/react/dialog';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { listAssetsOptions, listExposuresOptions } from '@/client/@tanstack/react-query.gen';
import { place } from '@/say/words';
import { visible } from '@/ui/inert';
import { sayProblem } from '@/ui/toast';
import { useScreens } from './screens';
import { useMay, useMe, useOrg, useSignOut } from './session';
import { chooseTheme } from './theme';

interface Entry {
  /** Told apart by this; names may repeat. */
  id: string;
  name: string;
  says?: string;
  go: () => void;
}
interface Group {
  value: string;
  items: Entry[];
}

/** Letters before the API is asked. */
const LETTERS_MIN = 2;
/** Found things of each kind that are shown. */
const FOUND_MAX = 6;

export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const found = useFound(typed.trim());
  const groups = [...useGroups(), ...found].map((group) => ({
    ...group,
    items: group.items.map((item) => ({
      ...item,
      go: () => {
        onClose();
        item.go();
      },
    })),
  }));
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = groups
    .map((group) => ({
      ...group,
      // What the API found fits by its own rule.
      items: group.value.startsWith('Found')
        ? group.items
        : group.items.filter(({ name }) =>
            words.every((word) => name.toLowerCase().includes(word)),
          ),
    }))
    .filter(({ items }) => items.length > 0);
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/45" />
        <Base.Popup
          aria-label="Find"
          className="fixed top-[12vh] left-1/2 z-50 grid max-h-[70vh] w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 grid-rows-[auto_minmax(0,1fr)] overflow-hidden rounded-xl border border-line bg-surface shadow-2xl"
        >
          <Autocomplete.Root<Group>
            open
            inline
            mode="none"
            items={shown}
            value={typed}
            onValueChange={setTyped}
            autoHighlight="always"
            keepHighlight
            itemToStringValue={(item) => (item as unknown as Entry).name}
          >
            <div className="flex items-center border-b border-line">
              <Autocomplete.Input
                aria-label="Screen, organization, exposure or asset"
                placeholder="Screen, organization, exposure or asset…"
                className="w-full bg-transparent px-4 py-3 outline-offset-[-2px]"
              />
              <Base.Close className="mr-2 rounded px-2 py-1 text-xs text-ink-muted hover:bg-sunken">
                Close
              </Base.Close>
            </div>
            <div className="overflow-y-auto">
              <Autocomplete.Empty className="px-4 text-sm text-ink-muted">
                <p className="py-6">Nothing is called that.</p>
              </Autocomplete.Empty>
              <Autocomplete.List className="p-1.5">
                {(group: Group) => (
                  <Autocomplete.Group key={group.value} items={group.items}>
                    <Autocomplete.GroupLabel className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-muted">
                      {group.value}
                    </Autocomplete.GroupLabel>
                    <Autocomplete.Collection>
                      {(item: Entry) => (
                        <Autocomplete.Item
                          key={item.id}
                          value={item}
                          onClick={item.go}
                          className="flex cursor-pointer items-baseline justify-between gap-4 rounded-md px-2.5 py-1.5 text-sm data-[highlighted]:bg-accent-tint"
                        >
                          <bdi className="min-w-0 break-words">{visible(item.name)}</bdi>
                          {item.says && (
                            <bdi className="text-xs break-all text-ink-muted">
                              {visible(item.says)}
                            </bdi>
                          )}
                        </Autocomplete.Item>
                      )}
                    </Autocomplete.Collection>
                  </Autocomplete.Group>
                )}
              </Autocomplete.List>
            </div>
          </Autocomplete.Root>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** What is there without asking. */
function useGroups(): Group[] {
  const me = useMe();
  const org = useOrg();
  const screens = useScreens();
  const mayScan = useMay('runs:create');
  const isStaff = useMay('platform:operate');
  const navigate = useNavigate();
  const signOut = useSignOut();
  return [
    {
      value: 'Screens',
      items: [
        ...screens.map(({ to, name }) => ({
          id: to,
          name,
          go: () => void navigate({ to, params: { org } }),
        })),
        { id: '/me', name: 'Profile', go: () => void navigate({ to: '/me' }) },
        ...(isStaff
          ? [{ id: '/platform', name: 'Platform', go: () => void navigate({ to: '/platform' }) }]
          : []),
        { id: '/verify', name: 'Check a proof', go: () => void navigate({ to: '/verify' }) },
      ],
    },
    {
      value: 'Do',
      items: [
        ...(mayScan
          ? [
              {
                id: 'scan',
                name: 'New scan',
                go: () => void navigate({ to: '/o/$org/scans/new', params: { org } }),
              },
            ]
          : []),
        { id: 'light', name: 'Theme: light', go: () => chooseTheme('light') },
        { id: 'dark', name: 'Theme: dark', go: () => chooseTheme('dark') },
        { id: 'system', name: 'Theme: as the system', go: () => chooseTheme('system') },
        { id: 'out', name: 'Sign out', go: () => void signOut().catch(sayProblem) },
      ],
    },
    {
      value: 'Organizations',
      items: me.organizations
        .filter((each) => each.tenant_key !== org)
        .map((each) => ({
          id: each.tenant_key,
          name: each.name,
          says: each.role,
          go: () => void navigate({ to: '/o/$org/changes', params: { org: each.tenant_key } }),
        })),
    },
  ];
}

/** What the API finds by these letters. */
function useFound(typed: string): Group[] {
  const org = useOrg();
  const navigate = useNavigate();
  const isLong = typed.length >= LETTERS_MIN;
  const query = { q: typed, limit: FOUND_MAX };
  const mayReadExposures = useMay('exposures:read');
  const mayReadAssets = useMay('assets:read');
  const exposures = useQuery({
    ...listExposuresOptions({ query }),
    enabled: isLong && mayReadExposures,
    placeholderData: keepPreviousData,
  });
  const assets = useQuery({
    ...listAssetsOptions({ query }),
    enabled: isLong && mayReadAssets,
    placeholderData: keepPreviousData,
  });
  if (!isLong) return [];
  return [
    {
      value: 'Found exposures',
      items: (exposures.data?.items ?? []).map((it) => ({
        id: it.key,
        name: it.title,
        says: place(it.host, it.port),
        go: () => void navigate({ to: '/o/$org/exposures/$key', params: { org, key: it.key } }),
      })),
    },
    {
      value: 'Found assets',
      items: (assets.data?.items ?? []).map((asset) => ({
        id: asset.id,
        name: asset.value,
        says: asset.kind,
        go: () => void navigate({ to: '/o/$org/assets/$id', params: { org, id: asset.id } }),
      })),
    },
  ];
}
