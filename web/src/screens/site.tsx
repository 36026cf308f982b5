/** The frame of the pages anybody may read. */
import { Link } from '@tanstack/react-router';
import { TowerControl } from 'lucide-react';
import type { ReactNode } from 'react';
import { ButtonLink } from '@/ui/button';

export function Site({ children }: { children: ReactNode }) {
  return (
    <div className="mx-auto grid max-w-6xl grid-cols-[minmax(0,1fr)] gap-8 px-5 py-6">
      <header className="flex flex-wrap items-center justify-between gap-4">
        <Link to="/" className="flex items-center gap-2 text-lg font-semibold">
          <TowerControl aria-hidden className="text-accent" /> Watchtower
        </Link>
        <nav aria-label="Account" className="flex flex-wrap gap-2">
          <WaysIn />
        </nav>
      </header>
      <main className="min-w-0">{children}</main>
      <SiteFooter />
    </div>
  );
}

/** The ways in, in that order everywhere. */
export function WaysIn() {
  return (
    <>
      <ButtonLink to="/login" look="quiet">
        Sign in
      </ButtonLink>
      <ButtonLink to="/signup" look="primary">
        Create account
      </ButtonLink>
    </>
  );
}

export function SiteFooter() {
  return (
    <footer className="grid gap-2 text-sm text-ink-muted">
      <nav aria-label="More" className="flex flex-wrap gap-x-5 gap-y-2">
        {(
          [
            ['/pricing', 'Plans'],
            ['/scanner', 'Who scanned me?'],
            ['/verify', 'Check a proof'],
          ] as const
        ).map(([to, name]) => (
          <Link key={to} to={to} className="text-accent underline">
            {name}
          </Link>
        ))}
        <a href="/api/docs" className="text-accent underline">
          API
        </a>
      </nav>
      <p>No trackers, no third-party requests. Apache-2.0.</p>
    </footer>
  );
}
