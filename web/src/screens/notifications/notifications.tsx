/** Who is told of changes, from which severity, and what was sent. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keyset, PAGE_ROWS, rows } from '@/api/page';
import { asProblem } from '@/api/problem';
import { useMay } from '@/app/session';
import type { NotificationSettings } from '@/client';
import {
  getNotificationSettingsOptions,
  getNotificationSettingsQueryKey,
  listDeliveriesInfiniteOptions,
  listIntegrationsOptions,
  putNotificationSettingsMutation,
} from '@/client/@tanstack/react-query.gen';
import { SEVERITIES, type Severity, severityWord } from '@/say/words';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { Choice, Form, TextArea } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { ListOf, Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Screen, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { Matrix } from './matrix';

export function Notifications() {
  const settings = useQuery(getNotificationSettingsOptions());
  const joined = useQuery(listIntegrationsOptions());
  return (
    <Screen
      title="Notifications"
      says="One mail for a run that changed something; nothing for what did not."
    >
      {settings.isPending && <Waiting what="the settings" />}
      {settings.isError && (
        <ProblemNotice error={settings.error} retry={() => void settings.refetch()} />
      )}
      {settings.data && <Settings settings={settings.data} />}
      {settings.data && (
        <Card title="What is told by which way">
          {joined.isError && (
            <ProblemNotice error={joined.error} retry={() => void joined.refetch()} />
          )}
          <Matrix settings={settings.data} integrations={joined.data?.items ?? []} />
        </Card>
      )}
      <Deliveries />
    </Screen>
  );
}

function Settings({ settings }: { settings: NotificationSettings }) {
  const mayManage = useMay('notifications:manage');
  const cache = useQueryClient();
  const [enabled, setEnabled] = useState(settings.email_enabled);
  const [severity, setSeverity] = useState<Severity>(settings.min_severity);
  const save = useMutation({
    ...putNotificationSettingsMutation(),
    onSuccess: (saved) => {
      cache.setQueryData(getNotificationSettingsQueryKey(), saved);
      say('Saved.');
    },
  });
  const submit = (form: FormData) =>
    save.mutate({
      body: {
        email_enabled: enabled,
        min_severity: severity,
        recipients: String(form.get('recipients') ?? '')
          .split(/[\s,;]+/)
          .filter((address) => address !== ''),
      },
    });
  return (
    <Card title="E-mail">
      <fieldset disabled={!mayManage} className="contents">
        <Form onSubmit={submit} errors={save.error ? asProblem(save.error).byField() : {}}>
          <label className="flex items-center gap-2.5 text-sm font-medium">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={enabled}
              onChange={(event) => setEnabled(event.target.checked)}
            />
            Send mail when something changes
          </label>
          <Choice
            label="From severity"
            value={severity}
            onChange={(value) => setSeverity(value || 'info')}
            options={SEVERITIES.map((word) => [word, severityWord[word]] as const)}
          />
          <TextArea
            label="Recipients"
            name="recipients"
            rows={3}
            defaultValue={settings.recipients.join('\n')}
            hint="One address a line. Empty: every member."
          />
          <ProblemNotice error={save.error} />
          {mayManage && (
            <div>
              <Button type="submit" look="primary" busy={save.isPending}>
                Save
              </Button>
            </div>
          )}
        </Form>
      </fieldset>
    </Card>
  );
}

const DELIVERY = { pending: 'info', sent: 'good', failed: 'critical' } as const;

function Deliveries() {
  const query = useInfiniteQuery({
    ...listDeliveriesInfiniteOptions({ query: { limit: PAGE_ROWS } }),
    ...keyset,
  });
  const items = rows(query.data);
  return (
    <Card title="What was sent">
      <ListOf
        what="deliveries"
        query={query}
        items={items}
        empty={
          <EmptyState
            title="No mail yet"
            why="Mail is sent when a run finds a change at or above the severity."
          />
        }
      >
        <Table label="Deliveries" head={['State', 'Recipient', 'Subject', 'When']}>
          {items.map((each) => (
            <tr key={each.id}>
              <td>
                <Badge tone={DELIVERY[each.state]}>{each.state}</Badge>
              </td>
              <td className="break-all">
                <Inert>{each.recipient}</Inert>
              </td>
              <td>
                <Inert>{each.subject}</Inert>
                {each.last_error && (
                  <p className="text-[0.8125rem] text-danger">
                    <Inert>{each.last_error}</Inert>
                  </p>
                )}
              </td>
              <td>
                <Moment at={each.sent_at ?? each.created_at} />
              </td>
            </tr>
          ))}
        </Table>
      </ListOf>
    </Card>
  );
}
