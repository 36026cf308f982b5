/** The way in without a name and a password. */
import { browserSupportsWebAuthn } from '@simplewebauthn/browser';
import { KeyRound } from 'lucide-react';
import { Button } from '@/ui/button';
import { ProblemNotice } from '@/ui/problem-notice';
import { usePasskeySignIn } from './passkey';

export function WithPasskey({ onSignedIn }: { onSignedIn: () => void }) {
  const signIn = usePasskeySignIn(onSignedIn);
  if (!browserSupportsWebAuthn()) return null;
  return (
    <div className="grid gap-3">
      <ProblemNotice error={signIn.error} />
      <Button busy={signIn.isPending} onClick={() => signIn.mutate(undefined)}>
        <KeyRound size={16} aria-hidden /> Sign in with a passkey
      </Button>
    </div>
  );
}
