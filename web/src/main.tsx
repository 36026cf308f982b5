/** Puts the app together: client, cache, live connection, router. */
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/app.css';
import { connect } from './api/connect';
import { makeQueryClient } from './api/queries';
import { followPreferences } from './app/preferences';
import { makeRouter } from './app/routes';
import { followTabs } from './app/session';
import { followTheme } from './app/theme';
import { type Live, LiveConnection } from './live/connection';
import { LiveProvider } from './live/live';
import { SharedLive } from './live/shared';
import { sitePath } from './search/screens';
import { ToastProvider } from './ui/toast';

// While the session is asked for, the code of what will be shown is already on its way.
if (/^\/(app|o)(\/|$)/.test(window.location.pathname)) {
  void import('./app/shell');
  if (/^\/(app|o\/[^/]+(\/changes)?)\/?$/.test(window.location.pathname))
    void import('./screens/changes/changes');
}

connect();
followTheme();
followPreferences();

const cache = makeQueryClient(leave);
const live = connectLive();
const router = makeRouter({ cache, live });
followTabs(cache, leave);

/** One stream for the browser; one for the tab where tabs cannot agree (no secure context). */
function connectLive(): Live {
  let shared: SharedLive | undefined;
  const own = new LiveConnection(undefined, () => (shared ? shared.lost() : leave()));
  if (typeof BroadcastChannel === 'undefined' || !('locks' in navigator)) return own;
  shared = new SharedLive(own, new BroadcastChannel('watchtower.live'), navigator.locks, leave);
  return shared;
}

/** The session is over: forget everything, remember where to come back to. */
function leave(): void {
  const { pathname, href } = router.state.location;
  if (!/^\/(o\/|me|platform)/.test(pathname)) return;
  void router
    .navigate({ to: '/login', search: { return_to: sitePath(href) } })
    .then(() => cache.clear());
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={cache}>
          <LiveProvider connection={live}>
            <ToastProvider>
              <RouterProvider router={router} />
            </ToastProvider>
          </LiveProvider>
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
}
