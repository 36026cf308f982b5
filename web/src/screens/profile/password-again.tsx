/** Asks for the password once more: an unlocked screen is not enough to change a way in. */
import type { ReactNode } from 'react';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';

export function PasswordAgain(props: {
  open: boolean;
  title: string;
  says: string;
  /** What the button says. */
  act: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  /** More fields, above the password. */
  children?: ReactNode;
  onSubmit: (password: string, form: FormData) => void;
  onClose: () => void;
}) {
  return (
    <Dialog open={props.open} onClose={props.onClose} title={props.title} says={props.says}>
      <Form onSubmit={(form) => props.onSubmit(String(form.get('password')), form)}>
        {props.children}
        <TextField
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <ProblemNotice error={props.error} />
        <div>
          <Button type="submit" look={props.danger ? 'danger' : 'primary'} busy={props.busy}>
            {props.act}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
