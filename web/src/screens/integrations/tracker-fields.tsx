/** Where the issues of a connection to GitHub or Jira are made, and what it is asked with. */
import type { Integration, NewIntegration, Tracker } from '@/client';
import { TextField } from '@/ui/field';

type TrackerKind = 'github' | 'jira';

export const isTracker = (kind: Integration['kind']): kind is TrackerKind =>
  kind === 'github' || kind === 'jira';

export function TrackerFields({ kind, of }: { kind: TrackerKind; of?: Integration }) {
  const kept = of?.tracker;
  const isGithub = kind === 'github';
  return (
    <>
      <TextField
        label={isGithub ? 'Repository' : 'Key of the project'}
        name="tracker.project"
        maxLength={201}
        defaultValue={kept?.project}
        placeholder={isGithub ? 'owner/repository' : 'SEC'}
        autoComplete="off"
        required
      />
      <TextField
        label={isGithub ? 'Address of the API' : 'Address of the site'}
        name="address"
        type="url"
        maxLength={2000}
        autoComplete="off"
        placeholder={isGithub ? 'https://api.github.com' : 'https://acme.atlassian.net'}
        required={!of && !isGithub}
        hint={addressHint(isGithub, of)}
      />
      {!isGithub && (
        <TextField
          label="E-mail address of the token's account"
          name="tracker.account"
          type="email"
          maxLength={254}
          autoComplete="off"
          defaultValue={kept?.account}
          hint="Of Jira Cloud. Empty for a personal access token of Data Center."
        />
      )}
      <TextField
        label="Token"
        name="token"
        type="password"
        maxLength={2000}
        autoComplete="new-password"
        required={!of}
        hint={tokenHint(isGithub, of)}
      />
      <TextField
        label="Labels"
        name="labels"
        maxLength={500}
        autoComplete="off"
        defaultValue={kept?.labels?.join(', ')}
        hint="Put on every issue; separated by commas, at most ten."
      />
      {!isGithub && (
        <>
          <TextField
            label="Kind of issue"
            name="tracker.issue_type"
            maxLength={60}
            defaultValue={kept?.issue_type || 'Task'}
          />
          <TextField
            label="Transition once it is fixed"
            name="tracker.done_transition"
            maxLength={60}
            defaultValue={kept?.done_transition}
            placeholder="Done"
            hint="As the workflow calls it. Empty: the fix is commented, and the issue stays where it is."
          />
          <TextField
            label="Transition once it is back"
            name="tracker.reopen_transition"
            maxLength={60}
            defaultValue={kept?.reopen_transition}
            placeholder="Reopen"
          />
        </>
      )}
    </>
  );
}

function addressHint(isGithub: boolean, of?: Integration) {
  if (of) return `Empty keeps the one at ${of.origin}. Another one needs the token again.`;
  return isGithub && 'Empty for github.com; an Enterprise Server is at https://host/api/v3.';
}

function tokenHint(isGithub: boolean, of?: Integration) {
  if (of) return 'Empty keeps the stored one. It is never shown.';
  return isGithub
    ? 'A fine-grained token that may read and write the issues of this repository, and nothing else.'
    : 'Of an account that may make and edit issues in this project.';
}

/** What the form says of a tracker. */
export function trackerOf(form: FormData): Pick<NewIntegration, 'tracker' | 'token'> {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const token = text('token');
  const labels = text('labels')
    .split(',')
    .map((label) => label.trim())
    .filter((label) => label !== '');
  const tracker: Tracker = { project: text('tracker.project'), labels };
  for (const name of ['account', 'issue_type', 'done_transition', 'reopen_transition'] as const) {
    const value = text(`tracker.${name}`);
    if (value !== '') tracker[name] = value;
  }
  return { tracker, ...(token !== '' && { token }) };
}
