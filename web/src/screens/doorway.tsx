/** The frame of the screens before signing in. */
import { Link } from '@tanstack/react-router';
import { TowerControl } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';

export function Doorway(props: { title: string; says: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${props.title} · Watchtower`;
  }, [props.title]);
  return (
    <div className="grid min-h-dvh place-items-center px-4 py-10">
      <main className="grid w-full max-w-sm gap-5">
        <Link to="/" className="flex items-center gap-2 font-semibold">
          <TowerControl aria-hidden className="text-accent" /> Watchtower
        </Link>
        <div className="grid gap-1">
          <h1 className="text-2xl font-semibold tracking-tight">{props.title}</h1>
          <p className="text-sm text-ink-muted">{props.says}</p>
        </div>
        {props.children}
      </main>
    </div>
  );
}
