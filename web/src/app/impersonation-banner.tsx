/** Says all the time that platform staff look with this person's eyes; cannot be put away. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { endImpersonationMutation } from '@/client/@tanstack/react-query.gen';
import { Button } from '@/ui/button';
import { Inert } from '@/ui/inert';
import { useNow } from '@/ui/moment';
import { sayProblem } from '@/ui/toast';
import { hasEnded, minutesLeft, startOver } from './impersonation';
import { meQuery } from './session';

/** Milliseconds between two looks at whether it was elevated or ended elsewhere. */
const LOOK_EVERY_MS = 10_000;

export function ImpersonationBanner() {
  const { data: me } = useQuery({
    ...meQuery(),
    refetchInterval: (query) => (query.state.data?.impersonation ? LOOK_EVERY_MS : false),
  });
  const cache = useQueryClient();
  const router = useRouter();
  const now = useNow();
  const look = me?.impersonation ?? undefined;
  const back = async () => {
    await startOver(cache, router.options.context.live);
    await router.navigate({ to: '/platform' });
  };
  const before = useRef<string>(undefined);
  useEffect(() => {
    // An owner ended it, or the half hour is over: the cookie means the staff again.
    if (hasEnded(before.current, look?.id)) void back().catch(sayProblem);
    before.current = look?.id;
  });
  const end = useMutation({
    ...endImpersonationMutation(),
    onSuccess: () => {
      before.current = undefined;
      return back();
    },
    onError: sayProblem,
  });
  if (!me || !look) return null;
  const minutes = minutesLeft(look.expires_at, now);
  return (
    <section
      aria-label="Impersonation"
      className="sticky top-0 z-30 flex flex-wrap items-center justify-between gap-x-4 gap-y-1.5 bg-danger px-4 py-2 text-sm text-danger-ink"
    >
      <p>
        <strong>{look.by}</strong> of the platform's staff sees Watchtower as{' '}
        <strong>{me.user.email}</strong>: <Inert>{look.reason}</Inert> ·{' '}
        {look.elevated ? 'may also write' : 'reading only'} ·{' '}
        {minutes === 1 ? '1 minute' : `${minutes} minutes`} left
      </p>
      <Button
        size="small"
        busy={end.isPending}
        onClick={() => end.mutate({ path: { id: look.id } })}
      >
        End now
      </Button>
    </section>
  );
}
