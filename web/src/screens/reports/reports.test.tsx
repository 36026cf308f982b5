import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { me, ORG, show } from '@/app/test-app';

const PATIENCE = { timeout: 5_000 };
const report = {
  id: 'rep_1',
  kind: 'executive',
  filter: 'severity>=high',
  state: 'ready',
  title: 'Summary on severity>=high',
  created_at: '2026-11-21T06:00:00Z',
  requested_by: 'usr_1',
};
const answers = {
  'GET /me': me(['reports:create']),
  'GET /reports': { items: [report], next_cursor: null },
  'GET /report-schedules': {
    items: [
      {
        id: 'rsc_1',
        name: 'Weekly',
        kind: 'executive',
        filter: '',
        every: 'week',
        weekday: 1,
        day: 0,
        at: '06:30',
        zone: 'Europe/Berlin',
        paused: false,
        next_at: '2026-11-23T05:30:00Z',
        created_by: 'usr_1',
        created_at: '2026-11-21T06:00:00Z',
      },
    ],
    next_cursor: null,
  },
  'GET /views': {
    items: [{ id: 'viw_1', name: 'Ours', filter: 'tag:ours', columns: [], sort: '' }],
  },
};

describe('reports', () => {
  it('say for whom they are and what they are about', async () => {
    show(`/o/${ORG}/reports`, answers);
    const row = (await screen.findByText('Summary on severity>=high', {}, PATIENCE)).closest('tr');
    expect(row?.textContent).toContain('who decides');
    expect(row?.textContent).toContain('severity>=high');
  });

  it('are asked for of a view, in a period', async () => {
    const { asked } = show(`/o/${ORG}/reports`, {
      ...answers,
      'POST /reports': { ...report, id: 'rep_2', state: 'requested' },
      'GET /reports/rep_2': { ...report, id: 'rep_2', state: 'requested' },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'New report' }, PATIENCE));
    const form = within(await screen.findByRole('dialog'));
    await userEvent.selectOptions(form.getByLabelText('Period'), 'last 7 days');
    await form.findByRole('option', { name: 'Ours' });
    await userEvent.selectOptions(form.getByLabelText('Saved view'), 'Ours');
    await userEvent.click(form.getByRole('button', { name: 'Write it' }));
    await waitFor(() => expect(asked.some(({ method }) => method === 'POST')).toBe(true));
    const sent = await asked.find(({ method }) => method === 'POST')?.json();
    expect(sent).toMatchObject({ kind: 'technical', view_id: 'viw_1' });
    const days = (Date.now() - Date.parse(sent.since)) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.1);
  });

  it('come by themselves and can be paused', async () => {
    const { asked } = show(`/o/${ORG}/reports`, {
      ...answers,
      'PATCH /report-schedules/rsc_1': {},
    });
    await screen.findByText('Mondays, 06:30 Europe/Berlin', {}, PATIENCE);
    await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
    await waitFor(() => expect(asked.some(({ method }) => method === 'PATCH')).toBe(true));
    expect(await asked.find(({ method }) => method === 'PATCH')?.json()).toEqual({ paused: true });
  });

  it('are saved from an address made for that, which holds no session', async () => {
    const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => undefined);
    const { asked } = show(`/o/${ORG}/reports/rep_1`, {
      ...answers,
      'GET /reports/rep_1': report,
      'GET /reports/rep_1/content': () =>
        new Response('# Summary', { headers: { 'content-type': 'text/markdown' } }),
      'POST /reports/rep_1/downloads': {
        url: '/api/v1/report-downloads/ticket',
        expires_at: '2026-11-21T06:05:00Z',
      },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Download' }, PATIENCE));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'PDF' }));
    await waitFor(() => expect(assign).toHaveBeenCalledWith('/api/v1/report-downloads/ticket'));
    expect(await asked.find(({ method }) => method === 'POST')?.json()).toEqual({ format: 'pdf' });
  });

  const ready = {
    ...answers,
    'GET /reports/rep_1': report,
    'GET /reports/rep_1/content': () =>
      new Response('# Summary', { headers: { 'content-type': 'text/markdown' } }),
  };

  it('are rated by paragraph, with a reason that is shown back', async () => {
    const user = userEvent.setup();
    let said: unknown[] = [];
    const { asked } = show(`/o/${ORG}/reports/rep_1`, {
      ...ready,
      'GET /reports/rep_1/content': () =>
        new Response('# Summary\n\n## In short\n\nFine.\n\n## What to do\n\nNothing.\n'),
      'GET /reports/rep_1/feedback': () => ({ paragraphs: said }),
      'PUT /reports/rep_1/feedback': async (request: Request) => {
        const { paragraph, vote, reason } = await request.clone().json();
        const all = { up: 0, down: 1, reasons: reason ? [reason] : [] };
        said = [{ paragraph, vote, reason, all }];
        return new Response(null, { status: 204 });
      },
    });
    const down = { name: 'Does not help: What to do' };
    await user.click(await screen.findByRole('button', down, PATIENCE));
    const why = await screen.findByLabelText('Why? What to do', {}, PATIENCE);
    expect(screen.queryByLabelText('Why? In short')).toBeNull();
    await user.type(why, 'Too short');
    await user.click(screen.getByRole('button', { name: 'Send' }));
    await screen.findByText('1 reason', {}, PATIENCE);
    screen.getByText('helps 0 readers, not 1 reader');
    expect(screen.getByRole('button', down)).toHaveAttribute('aria-pressed', 'true');
    const sent = asked.filter(({ method }) => method === 'PUT');
    expect(await sent[0]?.json()).toEqual({ paragraph: 2, vote: 'down', reason: '' });
    expect(await sent[1]?.json()).toEqual({ paragraph: 2, vote: 'down', reason: 'Too short' });
    await user.click(screen.getByRole('button', down));
    await waitFor(
      () => expect(asked.filter(({ method }) => method === 'PUT')).toHaveLength(3),
      PATIENCE,
    );
  });

  it('are shared by a link that is shown once, and revoked', async () => {
    const user = userEvent.setup();
    const share = {
      id: 'shr_1',
      report_id: 'rep_1',
      created_by: 'usr_1',
      created_at: '2026-11-21T06:00:00Z',
      expires_at: '2999-11-28T06:00:00Z',
      opened: 3,
    };
    let shares: (typeof share & { revoked_at?: string })[] = [];
    const { asked } = show(`/o/${ORG}/reports/rep_1`, {
      ...ready,
      'GET /reports/rep_1/shares': () => ({ items: shares, next_cursor: null }),
      'POST /reports/rep_1/shares': () => {
        shares = [share];
        return { ...share, url: '/api/v1/report-shares/token' };
      },
      'DELETE /reports/rep_1/shares/shr_1': () => {
        shares = [{ ...share, revoked_at: '2026-11-21T07:00:00Z' }];
        return new Response(null, { status: 204 });
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Share' }, PATIENCE));
    const dialog = within(await screen.findByRole('dialog'));
    const days = dialog.getByLabelText('Days until it ends');
    expect(days).toHaveValue(7);
    await user.clear(days);
    await user.type(days, '14');
    await user.click(dialog.getByRole('button', { name: 'Make a link' }));
    await user.click(await dialog.findByRole('button', { name: /Copy link$/ }));
    const link = `${window.location.origin}/api/v1/report-shares/token`;
    expect(await navigator.clipboard.readText()).toBe(link);
    expect(await asked.find(({ method }) => method === 'POST')?.json()).toEqual({ days: 14 });
    await dialog.findByText('3 times');
    await user.click(dialog.getByRole('button', { name: 'Revoke' }));
    await dialog.findByText('revoked');
    expect(dialog.queryByRole('button', { name: 'Revoke' })).toBeNull();
  });

  it('are shared only by who may', async () => {
    show(`/o/${ORG}/reports/rep_1`, { ...ready, 'GET /me': me([]) });
    await screen.findByRole('button', { name: 'Download' }, PATIENCE);
    expect(screen.queryByRole('button', { name: 'Share' })).toBeNull();
  });

  it('can be asked for only by who may', async () => {
    show(`/o/${ORG}/reports`, { ...answers, 'GET /me': me([]) });
    await screen.findByText('Summary on severity>=high', {}, PATIENCE);
    expect(screen.queryByRole('button', { name: 'New report' })).toBeNull();
  });
});
