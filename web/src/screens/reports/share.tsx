/** Links that show a report to whoever has them: made, copied, listed, revoked. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import type { ReportShare } from '@/client';
import {
  createReportShareMutation,
  listReportSharesOptions,
  listReportSharesQueryKey,
  revokeReportShareMutation,
} from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { Form, TextField } from '@/ui/field';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';

export function Share({ id, onClose }: { id: string; onClose: () => void }) {
  const cache = useQueryClient();
  const [link, setLink] = useState<string>();
  const again = () =>
    cache.invalidateQueries({ queryKey: listReportSharesQueryKey({ path: { id } }) });
  const make = useMutation({
    ...createReportShareMutation(),
    onSuccess: ({ url }) => {
      // Relative where the installation does not know its own address.
      setLink(new URL(url, window.location.origin).href);
      return again();
    },
  });
  const problem = make.error ? asProblem(make.error) : undefined;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Share this report"
      says="Whoever has the link reads this report without signing in, and nothing else, until it ends or is revoked. Making and opening it are in the audit log."
    >
      <Form
        errors={problem?.byField() ?? {}}
        onSubmit={(values) =>
          make.mutate({ path: { id }, body: { days: Number(values.get('days')) } })
        }
      >
        <TextField
          label="Days until it ends"
          name="days"
          type="number"
          min={1}
          max={30}
          defaultValue={7}
          required
        />
        {problem?.fields.length === 0 && <ProblemNotice error={problem} />}
        <div>
          <Button look="primary" type="submit" busy={make.isPending}>
            Make a link
          </Button>
        </div>
      </Form>
      {link !== undefined && (
        <section aria-label="New link" className="grid gap-2">
          <p role="status" className="text-sm">
            Copy it now: it is kept as a hash and can’t be shown again.
          </p>
          <code className="rounded-md bg-sunken p-3 font-mono text-sm break-all">{link}</code>
          <div className="flex flex-wrap gap-2">
            <CopyButton value={link} what="link" says="Copy link" />
            <CopyButton
              value={`${link}?format=pdf`}
              what="link to the PDF"
              says="Copy link to the PDF"
            />
          </div>
        </section>
      )}
      <Links id={id} onRevoked={again} />
    </Dialog>
  );
}

function Links({ id, onRevoked }: { id: string; onRevoked: () => void }) {
  const shares = useQuery(listReportSharesOptions({ path: { id } }));
  if (shares.isError)
    return <ProblemNotice error={shares.error} retry={() => void shares.refetch()} />;
  const items = shares.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Table label="Links" head={['Made', 'Ends', 'Opened', '']}>
      {items.map((share) => (
        <One key={share.id} id={id} share={share} onRevoked={onRevoked} />
      ))}
    </Table>
  );
}

function One(props: { id: string; share: ReportShare; onRevoked: () => void }) {
  const { id, share, onRevoked } = props;
  const revoke = useMutation({ ...revokeReportShareMutation(), onSuccess: onRevoked });
  const isOver = Date.parse(share.expires_at) <= Date.now();
  return (
    <tr>
      <td>
        <Moment at={share.created_at} />
        <ProblemNotice error={revoke.error} />
      </td>
      <td>{share.revoked_at ? 'revoked' : isOver ? 'ended' : <Moment at={share.expires_at} />}</td>
      <td>{share.opened === 0 ? 'never' : count(share.opened, 'time')}</td>
      <td>
        {!share.revoked_at && !isOver && (
          <Button
            size="small"
            look="danger"
            busy={revoke.isPending}
            onClick={() => revoke.mutate({ path: { id, share_id: share.id } })}
          >
            Revoke
          </Button>
        )}
      </td>
    </tr>
  );
}
