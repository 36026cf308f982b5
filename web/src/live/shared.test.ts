import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveConnection } from './connection';
import { type Channel, type Locks, SharedLive } from './shared';

/** A browser: locks that queue, a channel between tabs, and every stream that was opened. */
function browser() {
  const queues = new Map<string, { tab: number; held: () => Promise<unknown> }[]>();
  const channels: Channel[] = [];
  const streams: { topics: string; after: string; push: (text: string) => void; gone: boolean }[] =
    [];
  const locksOf = (tab: number): Locks => ({
    request: async (name, held) => {
      const queue = queues.get(name) ?? [];
      queues.set(name, [...queue, { tab, held }]);
      if (queue.length === 0) void held();
    },
  });
  const open = (onLost: () => void = () => undefined) => {
    const tab = channels.length;
    const channel: Channel = {
      onmessage: null,
      postMessage: (message) => {
        for (const each of channels)
          if (each !== channel)
            queueMicrotask(() => each.onmessage?.(new MessageEvent('message', { data: message })));
      },
    };
    channels.push(channel);
    let shared: SharedLive | undefined;
    const connection = new LiveConnection(
      async (url, init) => {
        let push: (text: string) => void = () => undefined;
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            push = (text) => controller.enqueue(new TextEncoder().encode(text));
          },
        });
        const stream = {
          topics: new URL(url, 'http://x').searchParams.get('topics') ?? '',
          after: (init.headers as Record<string, string>)['Last-Event-ID'] ?? '',
          push: (text: string) => push(text),
          gone: false,
        };
        init.signal?.addEventListener('abort', () => {
          stream.gone = true;
        });
        streams.push(stream);
        return new Response(body);
      },
      () => shared?.lost(),
    );
    shared = new SharedLive(connection, channel, locksOf(tab), onLost);
    return shared;
  };
  /** A tab closes: it hears nothing, says nothing, and its locks go to who waits. */
  const close = (tab: number) => {
    const channel = channels[tab] as Channel;
    channel.onmessage = null;
    channel.postMessage = () => undefined;
    for (const [name, queue] of queues) {
      const held = queue[0]?.tab === tab;
      const left = queue.filter((each) => each.tab !== tab);
      queues.set(name, left);
      if (held && left[0]) void left[0].held();
    }
  };
  return { open, close, streams };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const soon = () => vi.advanceTimersByTimeAsync(100);
const told = '{"key":"exp1_a"}';

describe('the connection of a browser', () => {
  it('is one, whatever the number of tabs, and tells each what it wants', async () => {
    const { open, streams } = browser();
    const heard: string[] = [];
    const [first, second] = [open(), open()];
    first.subscribe('changes', ({ type }) => heard.push(`1 ${type}`));
    await soon();
    second.subscribe('changes', ({ type }) => heard.push(`2 ${type}`));
    second.subscribe('run:run_a', ({ type }) => heard.push(`2 run ${type}`));
    await soon();
    expect(streams.filter((stream) => !stream.gone)).toHaveLength(1);
    expect(streams.at(-1)?.topics).toBe('changes,run:run_a');
    expect([first.state, second.state]).toEqual(['live', 'live']);
    streams.at(-1)?.push(`id: 7\nevent: exposure.changed\ndata: ${told}\n\n`);
    await soon();
    expect(heard.sort()).toEqual(['1 exposure.changed', '2 exposure.changed']);
    streams.at(-1)?.push('event: resync\ndata: {}\n\n');
    await soon();
    expect(heard.filter((each) => each.endsWith('resync'))).toHaveLength(3);
  });

  it('goes to another tab when the leading one closes, and resumes where all were', async () => {
    const { open, close, streams } = browser();
    const heard: string[] = [];
    const [first, second] = [open(), open()];
    first.subscribe('changes', () => undefined);
    second.subscribe('changes', ({ data }) => heard.push(String(data.key)));
    await soon();
    streams.at(-1)?.push(`id: 41\nevent: exposure.changed\ndata: ${told}\n\n`);
    await soon();
    close(0);
    await soon();
    expect(streams.at(-1)?.after).toBe('41');
    streams.at(-1)?.push('id: 42\nevent: exposure.changed\ndata: {"key":"exp1_b"}\n\n');
    await soon();
    expect(heard).toEqual(['exp1_a', 'exp1_b']);
  });

  it('forgets what a closed tab wanted', async () => {
    const { open, close, streams } = browser();
    const [first, second] = [open(), open()];
    first.subscribe('changes', () => undefined);
    second.subscribe('run:run_b', () => undefined);
    await soon();
    expect(streams.at(-1)?.topics).toBe('changes,run:run_b');
    close(1);
    await soon();
    expect(streams.at(-1)?.topics).toBe('changes');
  });

  it('begins anew for another organization, whichever tab went there', async () => {
    const { open, close, streams } = browser();
    const [first, second] = [open(), open()];
    first.subscribe('changes', () => undefined);
    second.subscribe('changes', () => undefined);
    await soon();
    streams.at(-1)?.push(`id: 41\nevent: exposure.changed\ndata: ${told}\n\n`);
    await soon();
    const before = streams.length;
    second.reset();
    await soon();
    expect(streams).toHaveLength(before + 1);
    expect(streams.at(-1)?.after).toBe('');
    close(0);
    await soon();
    expect(streams.at(-1)?.after).toBe('');
  });

  it('ends in every tab with the session', async () => {
    const { open } = browser();
    const lost = [vi.fn(), vi.fn()];
    const first = open(lost[0]);
    open(lost[1]);
    first.lost();
    await soon();
    expect(lost.map((each) => each.mock.calls.length)).toEqual([1, 1]);
  });
});
