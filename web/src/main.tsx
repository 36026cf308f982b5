/** Puts the app together: client, cache, live connection, router. */
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/app.css';
import { connect } from './api/connect';
import { makeQueryClient } from './api/queries';
import { makeRouter } from './app/routes';
import { onSignedOutElsewhere } from './app/session';
import { followTheme } from './app/theme';
import { LiveConnection } from './live/connection';
import { LiveProvider } from './live/live';
import { sitePath } from './search/screens';
import { ToastProvider } from './ui/toast';

connect();
followTheme();

const cache = makeQueryClient(leave);
const live = new LiveConnection(undefined, leave);
const router = makeRouter({ cache, live });
onSignedOutElsewhere(leave);

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
