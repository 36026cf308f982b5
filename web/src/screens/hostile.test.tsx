/** Every screen that shows what a scanned host said, given a host that says the worst. */
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { HOSTILE } from '@/app/hostile-strings';
import { dashboard, event, exposure, me, ORG, show } from '@/app/test-app';
import { visible } from '@/ui/inert';

const PATIENCE = { timeout: 20_000 };
const AT = '2026-11-21T06:00:00Z';
const page = (items: readonly unknown[]) => ({ items, next_cursor: null });
const all = <T,>(make: (text: string, nth: number) => T) => HOSTILE.map(make);
const ALL_RIGHTS = [
  'assets:read',
  'exposures:read',
  'runs:read',
  'audit:read',
  'organization:read',
];
const run = {
  id: 'run_1',
  seq: 1,
  kind: 'on_demand',
  profile: 'baseline',
  policy: 'safe',
  state: 'completed',
  asset_ids: ['ast_1'],
  requested_by: 'usr_1',
  created_at: AT,
  jobs: { total: 1, done: 1, failed: 0 },
  cells: { planned: 1, settled: 1 },
};
const asset = {
  id: 'ast_1',
  kind: 'domain',
  value: 'shop.example.com',
  verified: true,
  tags: [],
  created_at: AT,
};

/** Nothing on the page came alive, and nothing on it hides. */
function isInert() {
  const { body } = document;
  const forbidden =
    'script,iframe,object,embed,base,meta,link,img,image,video,audio,style,marquee,math,template,form[action],animate,use,foreignObject,plaintext,noscript';
  expect([...body.querySelectorAll(forbidden)].map((at) => at.outerHTML.slice(0, 80))).toEqual([]);
  for (const at of body.querySelectorAll('*'))
    for (const { name, value } of at.attributes) {
      expect(name, value).not.toMatch(/^on/i);
      if (['href', 'src', 'action', 'formaction', 'xlink:href'].includes(name))
        expect(value).toMatch(/^(\/|#|https:\/\/)/);
    }
  expect((window as { hurt?: number }).hurt).toBeUndefined();
  const text = body.textContent ?? '';
  expect(text).toBe(visible(text));
  expect(document.title).toBe(visible(document.title));
}

/** Each of the strings stands there, spelled out. */
function allStand() {
  const text = document.body.textContent ?? '';
  const missing = HOSTILE.filter((each) => !text.includes(visible(each)));
  expect(missing).toEqual([]);
}

/** The answers that every screen below may ask for. */
const answers = {
  'GET /me': me(ALL_RIGHTS),
  'GET /dashboard': dashboard(),
  'GET /scans': page([]),
  'GET /exposures': page([]),
};

it('has two hundred different strings', () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(200);
});

it('is inert in the feed of changes', async () => {
  const events = all((text, nth) =>
    event(nth, {
      title: text,
      host: text,
      reason: text,
      changed_fields: { [text]: { before: text, after: text } },
    }),
  );
  show(`/o/${ORG}/changes`, { ...answers, 'GET /changes': page(events) });
  await screen.findByText(
    'SSH-2.0-<img src=x onerror=window.hurt=1>',
    { selector: 'a bdi' },
    PATIENCE,
  );
  allStand();
  isInert();
});

it('is inert in what to do next', async () => {
  const [first = '', second = '', third = ''] = HOSTILE;
  const next = [first, second, third].map((text, nth) =>
    exposure({ key: `exp1_${nth}`, title: text, host: text }),
  );
  show(`/o/${ORG}/changes`, {
    ...answers,
    'GET /dashboard': { ...dashboard(), last_run: run, next },
    'GET /changes': page([]),
  });
  await screen.findByText(visible(third), { selector: 'a bdi' }, PATIENCE);
  isInert();
});

/** In parts that are drawn whole: each row has a head of its own, and more would be virtual. */
it.each([0, 100])('is inert in the inventory and its groups, from %i on', async (from) => {
  const items = all((text, nth) =>
    exposure({ key: `exp1_${nth}`, title: text, host: text, check_id: text }),
  ).slice(from, from + 140);
  show(`/o/${ORG}/exposures?group=check`, { ...answers, 'GET /exposures': page(items) });
  await screen.findAllByText(visible(items[0]?.title ?? ''), { selector: 'a bdi' }, PATIENCE);
  const text = document.body.textContent ?? '';
  expect(items.filter(({ title }) => !text.includes(visible(title)))).toEqual([]);
  isInert();
});

it('is inert in what completes the filter', async () => {
  const items = all((text, nth) => exposure({ key: `exp1_${nth}`, check_id: text }));
  show(`/o/${ORG}/exposures`, { ...answers, 'GET /exposures': page(items) });
  const box = await screen.findByRole('combobox', { name: /^Filter/ }, PATIENCE);
  await screen.findAllByText(/SSH-2.0/, {}, PATIENCE);
  await userEvent.type(box, ' check:hurt');
  expect((await screen.findAllByRole('option')).length).toBeGreaterThan(3);
  allStand();
  isInert();
});

it.each(['drawing', 'table'])('is inert in the graph, as a %s', async (as) => {
  const [first = ''] = HOSTILE;
  const start = { id: 'asset:ast_1', kind: 'asset', label: first, open: 1 };
  const nodes = all((text, nth) => ({
    id: `service:${text}:${nth}/tcp`,
    kind: 'service',
    label: text,
    open: 1,
  }));
  show(`/o/${ORG}/graph?as=${as}&from=asset:ast_1`, {
    ...answers,
    'GET /graph': {
      nodes: [start, ...nodes],
      edges: nodes.map(({ id }) => ({ from: start.id, to: id, kind: 'has' })),
      truncated: false,
    },
  });
  await screen.findByRole('region', { name: 'Looking from' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert on an exposure: its facts, its evidence, its history', async () => {
  const whole = HOSTILE.join('\n');
  const it = exposure({
    title: HOSTILE[0] ?? '',
    host: HOSTILE[1] ?? '',
    discriminator: whole,
    attributes: Object.fromEntries(HOSTILE.map((text, nth) => [`${nth} ${text}`, text])),
    references: [...HOSTILE],
    evidence: {
      run_id: 'run_1',
      address: whole,
      at: AT,
      elapsed_ms: 1,
      matched: [...HOSTILE],
      request: whole,
      request_base64: '',
      response: whole,
      response_base64: '',
      covered: 0,
      response_sha256: '',
      certificate_pem: whole,
    },
  });
  const change = (text: string, nth: number) => ({
    at: AT,
    event: event(nth, { reason: text, changed_fields: { [text]: { before: text, after: text } } }),
  });
  const said = (text: string, nth: number) => ({
    at: AT,
    action: { id: `act_${nth}`, kind: 'note', by: 'usr_1', at: AT, note: text, reason: text },
  });
  show(`/o/${ORG}/exposures/exp1_1`, {
    ...answers,
    'GET /exposures/exp1_1': it,
    'GET /exposures/exp1_1/explain': { state: 'open', because: HOSTILE, to_be_fixed: HOSTILE },
    'GET /exposures/exp1_1/timeline': page([...all(change), ...all(said)]),
  });
  await screen.findAllByText(/SSH-2.0/, { selector: 'ol bdi' }, PATIENCE);
  allStand();
  isInert();
  for (const name of ['Request', 'Certificate', 'Matched']) {
    await userEvent.click(screen.getByRole('tab', { name }));
    await screen.findByRole('region', { name });
    isInert();
  }
});

it('is inert on the board of fixes', async () => {
  const items = all((text, nth) =>
    exposure({ key: `exp1_${nth}`, title: text, host: text, state: 'fixed' }),
  );
  show(`/o/${ORG}/fixes`, { ...answers, 'GET /exposures': page(items) });
  await screen.findAllByText(/SSH-2.0/, { selector: 'a bdi' }, PATIENCE);
  allStand();
  isInert();
});

/** What a worker says of itself, and of the hosts it met, is no better than the hosts. */
const failed = (text: string, nth: number) => ({
  id: `job_${nth}`,
  run_id: 'run_1',
  state: 'failed',
  attempt: 1,
  cells: { planned: 1, settled: 0 },
  reason: text,
});
const stopped = (text: string) => ({ to_state: 'failed', cause: text, at: AT });

it('is inert on a run: what it found, what it says while it runs', async () => {
  const running = {
    ...run,
    state: 'running',
    reason: HOSTILE[3],
    refused: [{ asset_id: 'ast_1', reason: HOSTILE[4] }],
  };
  const { tell, live } = show(`/o/${ORG}/scans/run_1`, {
    ...answers,
    'GET /scans/run_1': running,
    'GET /scans/run_1/jobs': page(all(failed)),
    'GET /scans/run_1/transitions': page(all(stopped)),
  });
  await screen.findByRole('log', {}, PATIENCE);
  await waitFor(() => expect(live.state).toBe('live'), PATIENCE);
  for (const line of HOSTILE) tell('scan.log', { run_id: 'run_1', at: AT, level: 'info', line });
  tell('scan.progress', {
    run_id: 'run_1',
    job_id: 'job_1',
    cells_planned: 2,
    cells_settled: 1,
    stage: 'http',
    host: HOSTILE[0],
  });
  await screen.findByText(/SSH-2.0/, { selector: '[role=log] bdi' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert in the result of a run', async () => {
  const events = HOSTILE.map((text, nth) => event(nth, { title: text, host: text }));
  for (let from = 0; from < events.length; from += 8) {
    cleanup();
    show(`/o/${ORG}/scans/run_1`, {
      ...answers,
      'GET /scans/run_1': run,
      'GET /scans/run_1/jobs': page([]),
      'GET /scans/run_1/transitions': page([]),
      'GET /changes': page(events.slice(from, from + 8)),
    });
    await waitFor(
      () => expect(document.querySelectorAll('[data-row]').length).toBeGreaterThan(0),
      PATIENCE,
    );
    isInert();
  }
}, 120_000);

it('is inert where two runs are compared', async () => {
  const items = all((text, nth) => ({
    exposure_key: `exp1_${nth}`,
    title: text,
    severity: 'high',
    asset_id: 'ast_1',
    host: text,
    subject: text,
    port: 443,
    check_id: text,
    what: nth % 2 === 0 ? 'changed' : 'not_compared',
    changed_fields: nth % 2 === 0 ? [text] : [],
    reason: nth % 2 === 0 ? '' : text,
  }));
  show(`/o/${ORG}/scans/run_1/compare/run_2`, {
    ...answers,
    'GET /scans/run_1': run,
    'GET /scans/run_2': { ...run, id: 'run_2', seq: 2 },
    'GET /scans/run_2/compare/run_1': {
      comparable: false,
      reasons: [{ code: 'scope_differed', says: HOSTILE[0] }],
      counts: { new: 0, gone: 0, changed: 1, same: 0, not_compared: 1 },
      items,
      next_cursor: null,
      earlier: 'run_1',
      later: 'run_2',
    },
  });
  await screen.findAllByText(/SSH-2.0/, { selector: 'a bdi' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert in what the palette finds', async () => {
  const items = all((text, nth) => exposure({ key: `exp1_${nth}`, title: text, host: text }));
  show(`/o/${ORG}/changes`, {
    ...answers,
    'GET /changes': page([event(1)]),
    'GET /exposures': page(items),
    'GET /assets': page([]),
  });
  await screen.findByText('Exposure 1', {}, PATIENCE);
  await userEvent.keyboard('{Control>}k{/Control}');
  await userEvent.type(await screen.findByRole('combobox', {}, PATIENCE), 'hurt');
  await screen.findAllByRole('option', { name: /SSH-2.0/ }, PATIENCE);
  allStand();
  isInert();
});

it('is inert on an asset', async () => {
  const items = all((text, nth) => exposure({ key: `exp1_${nth}`, title: text, host: text }));
  show(`/o/${ORG}/assets/ast_1`, {
    ...answers,
    'GET /assets/ast_1': asset,
    'GET /assets/ast_1/exposures': page(items),
    'GET /assets/ast_1/scans': page([]),
    'GET /authorizations': page([]),
  });
  await screen.findAllByText(/SSH-2.0/, { selector: 'a bdi' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert in the audit log', async () => {
  const entries = all((text, index) => ({
    index,
    id: `evt_${index}`,
    at: AT,
    actor: 'usr_1',
    actor_kind: 'user',
    action: 'auth.login',
    target: text,
    service: 'tenant',
    ip: '127.0.0.1',
    user_agent: text,
    before: null,
    after: { said: text },
    hash: '',
  }));
  show(`/o/${ORG}/audit`, { ...answers, 'GET /audit': page(entries) });
  await screen.findAllByText(/SSH-2.0/, { selector: 'td bdi' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert in a report', async () => {
  // An open comment swallows what follows it, so the last are also given first.
  for (const texts of [HOSTILE, HOSTILE.toReversed()]) {
    cleanup();
    show(`/o/${ORG}/reports/rep_1`, {
      ...answers,
      'GET /reports/rep_1': {
        id: 'rep_1',
        run_id: 'run_1',
        state: 'ready',
        title: HOSTILE[0],
        created_at: AT,
        requested_by: 'usr_1',
      },
      'GET /reports/rep_1/content': () =>
        new Response(`# Report\n\n${texts.join('\n\n')}`, {
          headers: { 'content-type': 'text/markdown' },
        }),
    });
    await waitFor(
      () => expect(document.querySelector('article')?.textContent).toContain('Report'),
      PATIENCE,
    );
    isInert();
  }
});

it('is inert in the list of scans: why each ended', async () => {
  const runs = all((text, nth) => ({ ...run, id: `run_${nth}`, state: 'failed', reason: text }));
  show(`/o/${ORG}/scans`, { ...answers, 'GET /scans': page(runs) });
  await screen.findAllByText(/SSH-2.0/, { selector: 'td bdi' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert in what was mailed, and what the mail server said', async () => {
  const mails = all((text, nth) => ({
    id: `dlv_${nth}`,
    run_id: 'run_1',
    channel: 'email',
    recipient: 'ann@example.com',
    state: 'failed',
    subject: text,
    attempts: 1,
    last_error: text,
    created_at: AT,
  }));
  show(`/o/${ORG}/settings/notifications`, {
    ...answers,
    'GET /integrations': page([]),
    'GET /notifications/settings': { email_enabled: true, min_severity: 'low', recipients: [] },
    'GET /notifications/deliveries': page(mails),
  });
  await screen.findAllByText(/SSH-2.0/, { selector: 'td bdi' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert in what integrations were told, and what they answered', async () => {
  const whole = HOSTILE.join(' ');
  const joined = {
    id: 'int_1',
    kind: 'webhook',
    name: whole,
    origin: 'https://hooks.example',
    min_severity: 'high',
    events: [],
    asset_ids: [],
    enabled: true,
    tracker: null,
    failing: whole,
    disabled_reason: whole,
    failures: 1,
    last_sent_at: null,
    last_failed_at: AT,
    old_secret_until: null,
    created_at: AT,
  };
  const told = all((text, nth) => ({
    id: `dlv_${nth}`,
    message_id: `msg_${nth}`,
    run_id: 'run_1',
    exposure: '',
    subject: text,
    state: 'failed',
    attempts: 1,
    last_status: 500,
    last_error: text,
    created_at: AT,
    sent_at: null,
    next_attempt_at: null,
  }));
  show(`/o/${ORG}/settings/integrations`, {
    ...answers,
    'GET /integrations': page([joined]),
    'GET /integrations/int_1/deliveries': page(told),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Deliveries' }, PATIENCE));
  await screen.findAllByText(/SSH-2.0/, { selector: 'td bdi' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert in what a file of another tool named', async () => {
  const refused = all((text, line) => ({
    line,
    reason: 'out_of_scope',
    subject: text,
    detail: text,
  }));
  const taken = {
    id: 'imp_1',
    format: 'nuclei',
    accepted: 0,
    unchanged: 0,
    opened: 0,
    changed: 0,
    refused,
    refused_total: refused.length,
    by: 'usr_1',
    at: AT,
  };
  show(`/o/${ORG}/imports`, {
    ...answers,
    'GET /me': me(['runs:read', 'runs:create', 'exposures:read']),
    'GET /imports': page([]),
    'POST /imports': taken,
  });
  const file = await screen.findByLabelText('File', {}, PATIENCE);
  await userEvent.upload(file, new File(['{"template-id":"x"}\n'], `${HOSTILE[0]}.jsonl`));
  await userEvent.click(screen.getByRole('button', { name: 'See what it would change' }));
  await screen.findAllByText(/SSH-2.0/, { selector: 'td bdi' }, PATIENCE);
  allStand();
  isInert();
});

it('is inert in dead letters, which anybody on the bus may have written', async () => {
  const letters = all((text, sequence) => ({
    sequence,
    type: text,
    tenant_key: ORG,
    consumer: 'notify-mail',
    subject: text,
    error: text,
    deliveries: 5,
    died_at: AT,
    occurred_at: AT,
    may_redrive: false,
    refusal: text,
  }));
  show('/platform?tab=letters', {
    ...answers,
    'GET /me': me(['platform:operate']),
    'GET /admin/dead-letters': page(letters),
  });
  await screen.findAllByText(/SSH-2.0/, { selector: 'td bdi' }, PATIENCE);
  allStand();
  isInert();
});
