/** The whole app over a scripted API, for tests of screens. */
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { vi } from 'vitest';
import { connect } from '@/api/connect';
import { makeQueryClient } from '@/api/queries';
import type { Dashboard, Event, ExposureDetail, Me } from '@/client';
import { LiveConnection } from '@/live/connection';
import { LiveProvider } from '@/live/live';
import { ToastProvider } from '@/ui/toast';
import { makeRouter } from './routes';
import { setWorld } from './world';

export const ORG = 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV';
const AT = '2026-11-21T06:00:00Z';
const ALL = [
  'assets:write',
  'runs:create',
  'exposures:act',
  'reports:create',
  'notifications:manage',
];

/** A member with these permissions besides reading. */
export function me(permissions: string[] = ALL): Me {
  const organization = { tenant_key: ORG, name: 'Acme', role: 'owner' } as const;
  return {
    user: { id: 'usr_1', email: 'ann@example.com', display_name: 'Ann' },
    email_verified: true,
    organization,
    organizations: [organization],
    permissions,
    impersonation: null,
  };
}

export function dashboard(): Dashboard {
  return {
    by_state: {},
    by_severity: {},
    events_since: {},
    last_run: null,
    assets: { total: 0, verified: 0 },
    score: 0,
    next: [],
    by_sla: {},
  };
}

export function event(nth: number, more: Partial<Event> = {}): Event {
  return {
    id: `evt_${nth}`,
    key: `exp1_${nth}`,
    type: 'NEW',
    run_id: 'run_1',
    at: AT,
    title: `Exposure ${nth}`,
    severity: 'high',
    asset_id: 'ast_1',
    host: 'shop.example.com',
    port: 443,
    check_id: 'http.git_config',
    changed_fields: {},
    ...more,
  };
}

export function exposure(more: Partial<ExposureDetail> = {}): ExposureDetail {
  return {
    key: 'exp1_1',
    state: 'open',
    severity: 'high',
    title: 'Git repository is readable',
    check_id: 'http.git_config',
    asset_id: 'ast_1',
    host: 'shop.example.com',
    transport: 'tcp',
    port: 443,
    first_seen: AT,
    last_seen: AT,
    attributes: {},
    description: '',
    remediation: '',
    references: [],
    cwe: [],
    score: 58,
    sla: 'within',
    risk: { because: [], cves: [] },
    ...more,
  };
}

/** Answers by `METHOD /path`, without the prefix and the query; a function sees the request. */
export type Answers = Record<string, unknown | ((request: Request) => unknown)>;

/** An answer that refuses. */
export function refusal(status: number, code: string, detail: string): Response {
  const body = JSON.stringify({
    status,
    code,
    detail,
    title: 'no',
    type: 'x',
    request_id: 'req_7',
  });
  return new Response(body, { status, headers: { 'content-type': 'application/problem+json' } });
}

/** Whether a screen asked for changes itself: the bell asks beside it, once its chunk is there. */
export function isOfScreen({ url }: Request): boolean {
  return url.includes('/changes') && !url.includes('type=NEW%2CREOPENED');
}

/** Shows the app at a path. Every request that was made is in `asked`; `tell` is the live stream. */
export function show(path: string, answers: Answers) {
  const asked: Request[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request.clone());
    const at = new URL(request.url, 'http://localhost').pathname.replace('/api/v1', '');
    const answer = answers[`${request.method} ${at}`];
    const given = typeof answer === 'function' ? await answer(request) : answer;
    if (given instanceof Response) return given;
    if (given === undefined) return refusal(404, 'request.unknown_path', `nothing at ${at}`);
    return Response.json(given);
  });
  connect();
  setWorld('here');
  let push: (text: string) => void = () => undefined;
  const live = new LiveConnection(async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        push = (text) => controller.enqueue(new TextEncoder().encode(text));
      },
    });
    return new Response(body);
  });
  const cache = makeQueryClient(() => undefined);
  const history = createMemoryHistory({ initialEntries: [path] });
  const router = makeRouter({ cache, live }, history);
  render(
    <QueryClientProvider client={cache}>
      <LiveProvider connection={live}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </LiveProvider>
    </QueryClientProvider>,
  );
  const tell = (type: string, data: unknown) =>
    push(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  return { asked, router, live, tell, cache };
}
