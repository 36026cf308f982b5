import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveConnection, type LiveEvent } from './connection';

/** A stream whose other end the test holds. */
function stream() {
  let push: (text: string) => void = () => undefined;
  let end: () => void = () => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      push = (text) => controller.enqueue(new TextEncoder().encode(text));
      end = () => controller.close();
    },
  });
  return { response: new Response(body), push: (t: string) => push(t), end: () => end() };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the live connection', () => {
  it('resumes after the last event it saw', async () => {
    const first = stream();
    const second = stream();
    const asked: RequestInit[] = [];
    const connection = new LiveConnection(async (_url, init) => {
      asked.push(init);
      return asked.length === 1 ? first.response : second.response;
    });
    const heard: LiveEvent[] = [];
    connection.subscribe('changes', (event) => heard.push(event));
    await vi.advanceTimersByTimeAsync(50);
    expect(connection.state).toBe('live');
    first.push('id: 41\nevent: exposure.changed\ndata: {"key":"exp1_a"}\n\n');
    await vi.advanceTimersByTimeAsync(10);
    expect(heard).toEqual([{ type: 'exposure.changed', data: { key: 'exp1_a' } }]);

    first.end();
    await vi.advanceTimersByTimeAsync(10);
    expect(connection.state).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connection.state).toBe('live');
    expect(asked[1]?.headers).toMatchObject({ 'Last-Event-ID': '41' });
  });

  it('gives a run only what is about it, and a gap to everybody', async () => {
    const one = stream();
    const connection = new LiveConnection(async () => one.response);
    const heard: string[] = [];
    connection.subscribe('run:run_a', (event) => heard.push(`a ${event.type}`));
    connection.subscribe('run:run_b', (event) => heard.push(`b ${event.type}`));
    await vi.advanceTimersByTimeAsync(50);
    one.push('event: scan.progress\ndata: {"run_id":"run_b"}\n\nevent: resync\ndata: {}\n\n');
    await vi.advanceTimersByTimeAsync(10);
    expect(heard).toEqual(['b scan.progress', 'a resync', 'b resync']);
  });

  it('stops when the session is over', async () => {
    const lost = vi.fn();
    const connection = new LiveConnection(async () => new Response('', { status: 401 }), lost);
    connection.subscribe('changes', () => undefined);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lost).toHaveBeenCalledTimes(1);
    expect(connection.state).toBe('idle');
  });

  it('takes silence for a broken line', async () => {
    const quiet = stream();
    const fetches = vi.fn(async () => quiet.response);
    const connection = new LiveConnection(fetches);
    connection.subscribe('changes', () => undefined);
    await vi.advanceTimersByTimeAsync(50);
    fetches.mockRejectedValue(new TypeError('refused'));
    await vi.advanceTimersByTimeAsync(41_000);
    expect(connection.state).toBe('reconnecting');
  });
});
