/** The front door: what this is, for whom, and the way in. */
import { BellRing, FileCheck2, Radar, ShieldCheck, TowerControl } from 'lucide-react';
import { useEffect } from 'react';
import { ButtonLink } from '@/ui/button';
import { SiteFooter, WaysIn } from './site';

const PROMISES = [
  {
    icon: Radar,
    title: 'What changed since yesterday',
    says: 'Every scan is compared with the last one. New, changed, fixed, silent: each a separate word, none guessed.',
  },
  {
    icon: ShieldCheck,
    title: 'Only what you own',
    says: 'Nothing is touched before you have proved that it is yours, and every connection is held to that scope.',
  },
  {
    icon: FileCheck2,
    title: 'Proof that it is fixed',
    says: 'A fix is verified by the check that found it. You get a signed packet that anybody can check offline.',
  },
  {
    icon: BellRing,
    title: 'Quiet until it matters',
    says: 'Mail comes from changes alone. A host that is silent is called unresponsive, never fixed.',
  },
] as const;

export function Landing() {
  useEffect(() => {
    document.title = 'Watchtower: what changed on what you expose';
  }, []);
  return (
    <div className="mx-auto grid min-h-dvh max-w-6xl grid-rows-[auto_1fr_auto] gap-12 px-5 py-6">
      <header className="flex flex-wrap items-center justify-between gap-4">
        <span className="flex items-center gap-2 text-lg font-semibold">
          <TowerControl aria-hidden className="text-accent" /> Watchtower
        </span>
        <nav aria-label="Account" className="flex flex-wrap gap-2">
          <ButtonLink to="/pricing" look="quiet">
            Plans
          </ButtonLink>
          <WaysIn />
        </nav>
      </header>
      <main className="grid content-center gap-12">
        <div className="grid max-w-3xl gap-5">
          <h1 className="text-4xl font-semibold tracking-tight text-balance sm:text-5xl">
            Know what the internet can see of you. Prove that you closed it.
          </h1>
          <p className="max-w-2xl text-lg text-ink-muted">
            Watchtower scans the domains, addresses and networks you own, tells you what changed,
            and turns every fix into evidence.
          </p>
          <div className="flex flex-wrap gap-3">
            <ButtonLink to="/signup" look="primary" className="min-h-11! px-5! text-base!">
              Start with one domain
            </ButtonLink>
            <a
              href="/api/docs"
              className="inline-flex min-h-11 items-center rounded-md px-5 font-medium text-accent underline"
            >
              Read the API
            </a>
          </div>
        </div>
        <ul className="grid gap-4 sm:grid-cols-2">
          {PROMISES.map(({ icon: Icon, title, says }) => (
            <li key={title} className="grid gap-1.5 rounded-xl border border-line bg-surface p-5">
              <Icon aria-hidden className="text-accent" />
              <h2 className="font-semibold">{title}</h2>
              <p className="text-sm text-ink-muted">{says}</p>
            </li>
          ))}
        </ul>
      </main>
      <SiteFooter />
    </div>
  );
}
