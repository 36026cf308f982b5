/**
 * One stream for all tabs of a browser.
 *
 * Browsers open six connections to a plain-HTTP origin, so a stream a tab would stop the app at
 * the third. One tab leads: it holds a Web Lock, keeps the only connection and passes on what it
 * hears. When it closes, the lock goes to another tab, which resumes after the last event all of
 * them saw. Each tab also holds a lock of its own name: who waits for it learns that it is gone.
 */
import type { Listener, Live, LiveConnection, LiveEvent, LiveState } from './connection';

type Message =
  /** A tab says what it wants to hear. */
  | { is: 'want'; tab: string; topics: string[] }
  /** A new leader asks everybody what they want. */
  | { is: 'who' }
  | { is: 'event'; topic: string; event: LiveEvent; position: string }
  | { is: 'state'; state: LiveState }
  | { is: 'reset' }
  | { is: 'lost' };

/** What is used of `BroadcastChannel`. */
export interface Channel {
  postMessage(message: Message): void;
  onmessage: ((event: MessageEvent<Message>) => unknown) | null;
}
/** What is used of `LockManager`. */
export interface Locks {
  request(name: string, held: () => Promise<unknown>): Promise<unknown>;
}

/** Topics the gateway takes for one stream. */
const TOPICS_MAX = 16;
const LEADER = 'watchtower.live.leader';
const lockOf = (tab: string) => `watchtower.live.tab.${tab}`;
const forever = () => new Promise<never>(() => undefined);

/** The part of one tab in the browser's connection. */
export class SharedLive implements Live {
  private readonly tab = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly watchers = new Set<() => void>();
  private readonly wanted = new Map<string, readonly string[]>();
  private readonly led = new Map<string, () => void>();
  private leads = false;
  private current: LiveState = 'connecting';
  /** The last event this tab knows of, for when it has to lead. */
  private position = '';

  /** `connection` is used only while this tab leads. */
  constructor(
    private readonly connection: LiveConnection,
    private readonly channel: Channel,
    private readonly locks: Locks,
    private readonly onSessionLost: () => void = () => undefined,
  ) {
    channel.onmessage = ({ data }) => this.hear(data);
    void locks.request(lockOf(this.tab), forever);
    void locks.request(LEADER, () => {
      this.lead();
      return forever();
    });
  }

  get state(): LiveState {
    return this.current;
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  subscribe(topic: string, listener: Listener): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    listeners.add(listener);
    this.listeners.set(topic, listeners);
    if (listeners.size === 1) this.want();
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.listeners.delete(topic);
      this.want();
    };
  }

  reset(): void {
    this.restart();
    this.channel.postMessage({ is: 'reset' });
  }

  /** The session is over for every tab; called by the connection of the leading one. */
  lost(): void {
    this.channel.postMessage({ is: 'lost' });
    this.onSessionLost();
  }

  private want(): void {
    const topics = [...this.listeners.keys()];
    if (this.leads) this.serve(this.tab, topics);
    else this.channel.postMessage({ is: 'want', tab: this.tab, topics });
  }

  private lead(): void {
    this.leads = true;
    this.connection.resumeAfter(this.position);
    this.connection.watch(() => {
      this.become(this.connection.state);
      this.channel.postMessage({ is: 'state', state: this.connection.state });
    });
    this.want();
    this.channel.postMessage({ is: 'who' });
  }

  private hear(message: Message): void {
    if (message.is === 'lost') this.onSessionLost();
    else if (message.is === 'reset') this.restart();
    else if (message.is === 'who') this.want();
    else if (message.is === 'want' && this.leads) {
      // Everybody but the leader, whose own wish is not sent, is waited for once.
      if (!this.wanted.has(message.tab))
        void this.locks.request(lockOf(message.tab), async () =>
          this.serve(message.tab, undefined),
        );
      this.serve(message.tab, message.topics);
      this.channel.postMessage({ is: 'state', state: this.current });
    } else if (message.is === 'state' && !this.leads) this.become(message.state);
    else if (message.is === 'event' && !this.leads) {
      this.position = message.position;
      this.deliver(message.topic, message.event);
    }
  }

  /** What a tab wants from now on; `undefined` when it is gone. */
  private serve(tab: string, topics: readonly string[] | undefined): void {
    if (topics) this.wanted.set(tab, topics);
    else this.wanted.delete(tab);
    const all = [...new Set([...this.wanted.values()].flat())].sort().slice(0, TOPICS_MAX);
    for (const [topic, leave] of this.led) {
      if (all.includes(topic)) continue;
      this.led.delete(topic);
      leave();
    }
    for (const topic of all) {
      if (this.led.has(topic)) continue;
      const pass = (event: LiveEvent) => {
        const { position } = this.connection;
        this.channel.postMessage({ is: 'event', topic, event, position });
        this.deliver(topic, event);
      };
      this.led.set(topic, this.connection.subscribe(topic, pass));
    }
  }

  private restart(): void {
    this.position = '';
    if (this.leads) this.connection.reset();
  }

  private become(state: LiveState): void {
    if (this.current === state) return;
    this.current = state;
    for (const watcher of this.watchers) watcher();
  }

  private deliver(topic: string, event: LiveEvent): void {
    for (const listener of [...(this.listeners.get(topic) ?? [])]) listener(event);
  }
}
