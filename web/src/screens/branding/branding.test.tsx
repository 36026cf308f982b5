import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { me, ORG, refusal, show } from '@/app/test-app';

const PATIENCE = { timeout: 10_000 };
const at = `/o/${ORG}/settings/branding`;
const look = { name: 'Watchtower', color: '#1f5fbf', footer: '' };
const answers = {
  'GET /me': me(['reports:read', 'organization:write']),
  'GET /report-branding': look,
};

it('shows how it will be before it is saved, and saves what is shown', async () => {
  const { asked } = show(at, {
    ...answers,
    'PUT /report-branding': (request: Request) => request.json(),
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

it('shows the look to who may not change it', async () => {
  show(at, { ...answers, 'GET /me': me(['reports:read']) });
  expect(await screen.findByLabelText('Name', {}, PATIENCE)).toBeDisabled();
  expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
});
