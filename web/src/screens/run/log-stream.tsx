/** The log of a run while it runs; it can be held, filtered and kept. */
import { useEffect, useRef, useState } from 'react';
import { Button } from '@/ui/button';
import { classes } from '@/ui/classes';
import { visible } from '@/ui/inert';
import { saveFile } from '@/ui/save-file';
import { Card } from '@/ui/screen';

export interface LogLine {
  readonly at: string;
  readonly level: string;
  readonly line: string;
  /** Its place in this page's log. */
  readonly nth: number;
}

let nth = 0;

/** A `scan.log` event as a line; what is missing stays empty. */
export function readLine(data: Record<string, unknown>): LogLine {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  nth += 1;
  return { at: text(data.at), level: text(data.level), line: text(data.line), nth };
}

const TONE: Record<string, string> = { error: 'text-critical', warn: 'text-medium' };

export function LogStream(props: { lines: readonly LogLine[]; over: boolean; name: string }) {
  const [held, setHeld] = useState<readonly LogLine[]>();
  const [wanted, setWanted] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const lines = (held ?? props.lines).filter((line) =>
    line.line.toLowerCase().includes(wanted.toLowerCase()),
  );
  const last = lines.at(-1)?.nth;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last line is what moves the view
  useEffect(() => {
    const element = box.current;
    if (element && held === undefined) element.scrollTop = element.scrollHeight;
  }, [last, held]);

  const keep = () =>
    saveFile(
      props.name,
      'text/plain',
      props.lines.map((each) => `${each.at} ${each.level} ${each.line}\n`).join(''),
    );

  return (
    <Card
      title="Log"
      actions={
        <div className="flex flex-wrap gap-2">
          <input
            type="search"
            data-filter
            aria-label="Filter the log"
            placeholder="Filter…"
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
            className="min-h-7 w-32 rounded-md border border-line-strong bg-surface px-2 text-[0.8125rem]"
          />
          <Button size="small" onClick={() => setHeld(held ? undefined : props.lines)}>
            {held ? 'Follow' : 'Pause'}
          </Button>
          <Button size="small" disabled={props.lines.length === 0} onClick={keep}>
            Download
          </Button>
        </div>
      }
    >
      <div
        ref={box}
        role="log"
        aria-label="Log of the run"
        aria-live={held ? 'off' : 'polite'}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className="h-80 overflow-y-auto rounded-lg border border-line bg-sunken p-3 font-mono text-[0.8125rem]"
      >
        {lines.length === 0 && (
          <p className="text-ink-muted">
            {props.over
              ? 'The run is over; lines are shown while it runs.'
              : wanted
                ? 'No line matches.'
                : 'Waiting for the first line…'}
          </p>
        )}
        {lines.map((each) => (
          <p key={each.nth} className={classes('break-all', TONE[each.level.toLowerCase()])}>
            <span className="text-ink-muted">{each.at.slice(11, 19)} </span>
            <bdi>{visible(each.line)}</bdi>
          </p>
        ))}
      </div>
    </Card>
  );
}
