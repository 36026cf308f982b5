import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 10_000 };
const at = `/o/${ORG}/imports`;
const its = (more: object = {}) => ({
  id: 'imp_1',
  format: 'nuclei',
  accepted: 3,
  unchanged: 1,
  opened: 2,
  changed: 0,
  refused: [
    { line: 4, reason: 'out_of_scope', subject: 'evil\u202e.example', detail: 'no verified asset' },
  ],
  refused_total: 7,
  by: 'usr_1',
  at: '2026-11-21T06:00:00Z',
  ...more,
});
const answers = {
  'GET /me': me(['runs:read', 'runs:create', 'exposures:read']),
  'GET /imports': { items: [], next_cursor: null },
};
const line = '{"template-id":"git-config"}\n';

it('looks at a file first, shows what would come of it as plain text, and then takes it', async () => {
  const { asked } = show(at, { ...answers, 'POST /imports': its() });
  await screen.findByText('Nothing was imported yet', {}, PATIENCE);
  const file = new File([line], '<img src=x>.jsonl');
  await userEvent.upload(screen.getByLabelText('File'), file);
  await waitFor(() => expect(screen.getByLabelText('Written by')).toHaveValue('nuclei'));
  expect(screen.queryByRole('button', { name: 'Import' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'See what it would change' }));
  await screen.findByText(/Nothing is written yet/, {}, PATIENCE);
  screen.getByText('evil⟨U+202E⟩.example');
  screen.getByText('And 6 lines more.');
  await userEvent.click(screen.getByRole('button', { name: 'Import' }));
  await screen.findByText(/^Imported: 2 exposures opened/, {}, PATIENCE);
  const sent = asked.filter((request) => request.method === 'POST');
  const dry = sent.map((request) => new URL(request.url).searchParams.get('dry_run'));
  expect(dry).toEqual(['true', 'false']);
  expect(sent[0]?.headers.get('content-type')).toBe('application/octet-stream');
  expect(await sent[0]?.text()).toBe(line);
});

it('says why a file is refused whole, and offers nothing to who may only read', async () => {
  show(at, {
    ...answers,
    'POST /imports': refusal(422, 'import.unreadable', 'the file can’t be read at line 3'),
  });
  await userEvent.upload(
    await screen.findByLabelText('File', {}, PATIENCE),
    new File(['x'], 'x.json'),
  );
  expect(screen.getByRole('button', { name: 'See what it would change' })).toBeDisabled();
  await userEvent.selectOptions(screen.getByLabelText('Written by'), 'sarif');
  await userEvent.click(screen.getByRole('button', { name: 'See what it would change' }));
  await screen.findByText('the file can’t be read at line 3', {}, PATIENCE);
});

it('lists what was imported to who may not import', async () => {
  show(at, {
    'GET /me': me(['runs:read']),
    'GET /imports': { items: [its({ format: 'nmap' })], next_cursor: null },
  });
  await screen.findByText('nmap (XML)', {}, PATIENCE);
  expect(screen.queryByLabelText('File')).toBeNull();
});
