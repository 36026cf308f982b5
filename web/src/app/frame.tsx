/** What stands in when there is no screen: waiting, broken, missing. */
import { Link, Outlet, useRouter } from '@tanstack/react-router';
import { Button } from '@/ui/button';
import { ProblemNotice } from '@/ui/problem-notice';
import { Waiting } from '@/ui/screen';

export function Root() {
  return <Outlet />;
}

export function Pending() {
  return <Waiting what="the screen" />;
}

/** A screen that threw: say it, keep the rest of the app usable. */
export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter();
  return (
    <div className="mx-auto grid max-w-2xl gap-4 p-6">
      <h1 className="text-xl font-semibold">This screen could not be shown</h1>
      <ProblemNotice error={error} />
      <div>
        <Button
          look="primary"
          onClick={() => {
            reset();
            void router.invalidate();
          }}
        >
          Try again
        </Button>
      </div>
    </div>
  );
}

export function Missing() {
  return (
    <div className="mx-auto grid max-w-2xl gap-3 p-6">
      <h1 className="text-xl font-semibold">Nothing here</h1>
      <p className="text-ink-muted">
        The address names nothing that exists, or something of an organization you are not in.
      </p>
      <p>
        <Link to="/app" className="font-medium text-accent underline">
          Go to what changed
        </Link>
      </p>
    </div>
  );
}

/** The same where no screen stands around it. */
export function NoRoute() {
  return (
    <main>
      <Missing />
    </main>
  );
}
