import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 10_000 };
const at = `/o/${ORG}/settings/branding`;
const look = { name: 'Watchtower', color: '#1f5fbf', footer: '', logo: null };
const logo = { width: 400, height: 100, sha256: 'ab12' };
const answers = {
  'GET /me': me(['reports:read', 'organization:write']),
  'GET /report-branding': look,
};

it('shows how it will be before it is saved, and saves what is shown', async () => {
  const { asked } = show(at, {
    ...answers,
    'PUT /report-branding': async (request: Request) => ({
      ...(await request.json()),
      logo: null,
    }),
  });
  const name = await screen.findByLabelText('Name', {}, PATIENCE);
  await userEvent.clear(name);
  await userEvent.type(name, 'Acme <b>');
  const color = screen.getByLabelText('Colour');
  await userEvent.clear(color);
  await userEvent.type(color, '#7a1f5f');
  await userEvent.type(screen.getByLabelText('Foot'), 'Confidential');
  const sheet = screen.getByRole('figure');
  expect(sheet).toHaveTextContent('Acme <b>');
  expect(sheet).toHaveTextContent('Confidential');
  expect(screen.getByText('In short').style.color).toBe('#7a1f5f');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findAllByText(/^Saved/, {}, PATIENCE);
  const put = asked.find(({ method }) => method === 'PUT');
  expect(await put?.json()).toEqual({
    name: 'Acme <b>',
    color: '#7a1f5f',
    footer: 'Confidential',
  });
});

it('does not send a colour that cannot be read, and shows what the API refuses', async () => {
  show(at, {
    ...answers,
    'PUT /report-branding': refusal(422, 'request.invalid_field', 'name: too strange'),
  });
  const color = await screen.findByLabelText('Colour', {}, PATIENCE);
  await userEvent.clear(color);
  await userEvent.type(color, '#ffee00');
  expect(screen.getByText(/^Too light/)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Save' })).toBeDisabled();
  await userEvent.clear(color);
  await userEvent.type(color, '#112233');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findAllByText(/too strange/, {}, PATIENCE);
});

it('takes a logo from a file, shows it, and removes it again', async () => {
  const { asked } = show(at, {
    ...answers,
    'PUT /report-branding/logo': { ...look, logo },
    'DELETE /report-branding/logo': new Response(null, { status: 204 }),
  });
  await screen.findByText(/^None: reports carry/, {}, PATIENCE);
  const image = () => screen.getByRole('figure').querySelector('img');
  expect(image()).toBeNull();
  const file = new File([new Uint8Array([0x89, 0x50])], 'acme.png', { type: 'image/png' });
  await userEvent.upload(screen.getByLabelText('File'), file);
  await screen.findByText('400 by 100 pixels.', {}, PATIENCE);
  expect(image()).toHaveAttribute('src', '/api/v1/report-branding/logo?sha256=ab12');
  const put = asked.find(({ method }) => method === 'PUT');
  expect(new Uint8Array((await put?.arrayBuffer()) ?? [])).toEqual(new Uint8Array([0x89, 0x50]));
  await userEvent.click(screen.getByRole('button', { name: 'Remove' }));
  await screen.findByText(/^None: reports carry/, {}, PATIENCE);
  expect(image()).toBeNull();
});

it('says why a file is no logo, and sends none that is too large', async () => {
  const { asked } = show(at, {
    ...answers,
    'PUT /report-branding/logo': refusal(422, 'request.invalid_field', 'logo: expected a PNG'),
  });
  const input = await screen.findByLabelText('File', {}, PATIENCE);
  const huge = new File([new Uint8Array(256 * 1_024 + 1)], 'a.png', { type: 'image/png' });
  await userEvent.upload(input, huge);
  await screen.findAllByText(/may have 256 kB/, {}, PATIENCE);
  expect(asked.some(({ method }) => method === 'PUT')).toBe(false);
  await userEvent.upload(input, new File(['<svg/>'], 'b.png', { type: 'image/png' }));
  await screen.findAllByText(/expected a PNG/, {}, PATIENCE);
});

it('shows the look to who may not change it', async () => {
  show(at, { ...answers, 'GET /me': me(['reports:read']) });
  expect(await screen.findByLabelText('Name', {}, PATIENCE)).toBeDisabled();
  expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
  expect(screen.queryByLabelText('File')).toBeNull();
});
