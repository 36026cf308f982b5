/** The person's passkeys: made with this browser, named, removed. */
import { browserSupportsWebAuthn } from '@simplewebauthn/browser';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '@/api/problem';
import { addPasskey, beginPasskey, type Passkey } from '@/client';
import {
  listPasskeysOptions,
  listPasskeysQueryKey,
  removePasskeyMutation,
  renamePasskeyMutation,
} from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form, TextField } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { say } from '@/ui/toast';
import { makePasskey } from '../sign-in/passkey';
import { PasswordAgain } from './password-again';

/** The API's limit. */
const NAME_LENGTH_MAX = 120;

export function Passkeys() {
  const passkeys = useQuery(listPasskeysOptions());
  const [adding, setAdding] = useState(false);
  const [renaming, setRenaming] = useState<Passkey>();
  return (
    <Card
      title="Passkeys"
      actions={
        browserSupportsWebAuthn() && (
          <Button size="small" onClick={() => setAdding(true)}>
            Add a passkey
          </Button>
        )
      }
    >
      {passkeys.isPending && <Waiting what="your passkeys" />}
      <ProblemNotice error={passkeys.error} />
      {passkeys.data?.items.length === 0 && (
        <p className="text-sm text-ink-muted">
          A passkey signs you in with the lock of your device, and can't be phished.
        </p>
      )}
      {passkeys.data && passkeys.data.items.length > 0 && (
        <Table label="Passkeys" head={['Name', 'Added', 'Last used', '']}>
          {passkeys.data.items.map((each) => (
            <Row key={each.id} each={each} onRename={() => setRenaming(each)} />
          ))}
        </Table>
      )}
      <Add open={adding} onClose={() => setAdding(false)} />
      <Rename passkey={renaming} onClose={() => setRenaming(undefined)} />
    </Card>
  );
}

function useAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: listPasskeysQueryKey() });
}

function Row({ each, onRename }: { each: Passkey; onRename: () => void }) {
  const again = useAgain();
  const remove = useMutation({
    ...removePasskeyMutation(),
    onSuccess: () => {
      say(`${each.name} signs you in no more.`);
      return again();
    },
  });
  return (
    <tr>
      <td className="max-w-64 break-words">
        <Inert>{each.name}</Inert>
        <ProblemNotice error={remove.error} />
      </td>
      <td>
        <Moment at={each.created_at} />
      </td>
      <td>{each.last_used_at ? <Moment at={each.last_used_at} /> : 'never'}</td>
      <td>
        <span className="flex flex-wrap gap-2">
          <Button size="small" onClick={onRename} aria-label={`Rename ${each.name}`}>
            Rename
          </Button>
          <Button
            size="small"
            busy={remove.isPending}
            aria-label={`Remove ${each.name}`}
            onClick={() => remove.mutate({ path: { id: each.id } })}
          >
            Remove
          </Button>
        </span>
      </td>
    </tr>
  );
}

function Add({ open, onClose }: { open: boolean; onClose: () => void }) {
  const again = useAgain();
  const add = useMutation({
    mutationFn: async ({ name, password }: { name: string; password: string }) => {
      const begun = await beginPasskey({ body: { password }, throwOnError: true });
      const { ceremony, options } = begun.data;
      const credential = await makePasskey(options);
      await addPasskey({
        body: { ceremony, name, credential: { ...credential } },
        throwOnError: true,
      });
    },
    onSuccess: () => {
      onClose();
      say('The passkey was added.');
      return again();
    },
  });
  return (
    <PasswordAgain
      open={open}
      title="Add a passkey"
      says="Your browser asks you to unlock this device or a security key."
      act="Add it"
      busy={add.isPending}
      error={add.error}
      onSubmit={(password, form) => add.mutate({ name: String(form.get('name')), password })}
      onClose={onClose}
    >
      <TextField
        label="What to call it"
        name="name"
        placeholder="Phone"
        maxLength={NAME_LENGTH_MAX}
        required
      />
    </PasswordAgain>
  );
}

function Rename({ passkey, onClose }: { passkey: Passkey | undefined; onClose: () => void }) {
  const again = useAgain();
  const rename = useMutation({
    ...renamePasskeyMutation(),
    onSuccess: () => {
      onClose();
      return again();
    },
  });
  return (
    <Dialog open={passkey !== undefined} onClose={onClose} title="Rename the passkey">
      {passkey && (
        <Form
          errors={rename.error ? asProblem(rename.error).byField() : {}}
          onSubmit={(form) =>
            rename.mutate({
              path: { id: passkey.id },
              body: { name: String(form.get('name')) },
            })
          }
        >
          <TextField
            label="Name"
            name="name"
            defaultValue={passkey.name}
            maxLength={NAME_LENGTH_MAX}
            required
          />
          <ProblemNotice error={rename.error} />
          <div>
            <Button type="submit" look="primary" busy={rename.isPending}>
              Rename
            </Button>
          </div>
        </Form>
      )}
    </Dialog>
  );
}
