/**
 * One connection for everything that is wanted; `shared.ts` spreads it over the browser's tabs.
 *
 * Screens subscribe to topics; the connection carries the union, resumes after the last event it
 * saw, waits longer after each failure, and treats silence beyond the heartbeat as a failure.
 */
import { makeParser } from './sse';

/** How the connection stands, as the dot in the shell shows it. */
export type LiveState = 'idle' | 'connecting' | 'live' | 'reconnecting';

/** What arrives at a subscriber. `resync` means: read your lists anew. */
export interface LiveEvent {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export type Listener = (event: LiveEvent) => void;

/** What screens need of a connection, whoever keeps it. */
export interface Live {
  /** How it stands now. */
  readonly state: LiveState;
  /** Calls back whenever `state` changes. */
  watch(watcher: () => void): () => void;
  /** Hears everything about a topic until the returned function is called. */
  subscribe(topic: string, listener: Listener): () => void;
  /** Ends the connection and forgets where it was: another organization, or nobody. */
  reset(): void;
}

/** The gateway comments every 15 s; two missed and one to spare. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** Topics asked for within this time travel in one request. */
const GATHER_MS = 30;

/** Where the stream is; a seam for tests. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** The connection of this tab. */
export class LiveConnection implements Live {
  private readonly topics = new Map<string, Set<Listener>>();
  private readonly watchers = new Set<() => void>();
  private current: LiveState = 'idle';
  private lastId = '';
  private wait = FIRST_WAIT_MS;
  private abort: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly fetchStream: Fetch = (input, init) => fetch(input, init),
    private readonly onSessionLost: () => void = () => undefined,
  ) {}

  get state(): LiveState {
    return this.current;
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** The last event that was seen; empty before the first. */
  get position(): string {
    return this.lastId;
  }

  /** Goes on where another connection ended. */
  resumeAfter(position: string): void {
    this.lastId = position;
  }

  subscribe(topic: string, listener: Listener): () => void {
    const listeners = this.topics.get(topic) ?? new Set();
    const isNew = listeners.size === 0;
    listeners.add(listener);
    this.topics.set(topic, listeners);
    if (isNew) this.schedule(GATHER_MS);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.topics.delete(topic);
      this.schedule(GATHER_MS);
    };
  }

  reset(): void {
    this.lastId = '';
    this.wait = FIRST_WAIT_MS;
    this.schedule(GATHER_MS);
  }

  private schedule(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), delay);
  }

  private become(state: LiveState): void {
    if (this.current === state) return;
    this.current = state;
    for (const watcher of this.watchers) watcher();
  }

  private async run(): Promise<void> {
    this.abort?.abort();
    this.abort = undefined;
    if (this.topics.size === 0) {
      this.become('idle');
      return;
    }
    const abort = new AbortController();
    this.abort = abort;
    this.become(this.current === 'reconnecting' ? 'reconnecting' : 'connecting');
    const again = await this.read(abort).catch(() => true);
    if (this.abort !== abort) return;
    abort.abort();
    if (!again) {
      this.become('idle');
      this.onSessionLost();
      return;
    }
    this.become('reconnecting');
    // Spread, so that a restarted gateway is not met by everybody at once.
    this.schedule(this.wait * (0.5 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  /** Reads until the stream ends; false when the session is over. */
  private async read(abort: AbortController): Promise<boolean> {
    const topics = [...this.topics.keys()].sort().join(',');
    const response = await this.fetchStream(`/api/v1/events?topics=${encodeURIComponent(topics)}`, {
      signal: abort.signal,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        Accept: 'text/event-stream',
        ...(this.lastId !== '' && { 'Last-Event-ID': this.lastId }),
      },
    });
    if (response.status === 401) return false;
    if (!response.ok || !response.body) return true;
    this.become('live');
    this.wait = FIRST_WAIT_MS;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parse = makeParser();
    const giveUp = () => void reader.cancel().catch(() => undefined);
    let silence = setTimeout(giveUp, SILENCE_MS);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return true;
        clearTimeout(silence);
        silence = setTimeout(giveUp, SILENCE_MS);
        const { events, lastId, retry } = parse(value);
        if (lastId !== undefined) this.lastId = lastId;
        if (retry !== undefined) this.wait = retry;
        for (const { type, data } of events) this.deliver(type, data);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private deliver(type: string, text: string): void {
    const data = readObject(text);
    const runId = typeof data.run_id === 'string' ? data.run_id : data.id;
    for (const [topic, listeners] of this.topics) {
      // An event about a run goes to that run's topic; what names none, and a gap, to all.
      const named = topic.startsWith('run:') ? topic === `run:${String(runId)}` : true;
      if (named || type === 'resync')
        for (const listener of [...listeners]) listener({ type, data });
    }
  }
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A line nobody understands must not end the stream.
    return {};
  }
}
