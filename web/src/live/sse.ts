/**
 * The text/event-stream format, as far as the gateway speaks it.
 *
 * The browser's EventSource cannot resume under another set of topics (it has no way to send
 * `Last-Event-ID` by hand), so the stream is read with fetch and taken apart here.
 */

/** One event of the stream. */
export interface ServerEvent {
  /** Name of the event, such as `scan.progress`. */
  readonly type: string;
  /** What the event says; JSON by contract. */
  readonly data: string;
}

/** What a chunk of text brought. */
export interface Parsed {
  readonly events: ServerEvent[];
  /** Id to resume after, when one came. */
  readonly lastId?: string;
  /** Milliseconds the server asks to wait before connecting again. */
  readonly retry?: number;
}

/** Takes chunks in the order they arrive; keeps what is not yet complete. */
export function makeParser(): (chunk: string) => Parsed {
  let rest = '';
  let type = '';
  let data: string[] = [];
  return (chunk) => {
    const events: ServerEvent[] = [];
    let lastId: string | undefined;
    let retry: number | undefined;
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) events.push({ type: type || 'message', data: data.join('\n') });
        type = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') type = value;
      else if (field === 'data') data.push(value);
      else if (field === 'id') lastId = value;
      else if (field === 'retry' && /^\d+$/.test(value)) retry = Number(value);
    }
    return {
      events,
      ...(lastId !== undefined && { lastId }),
      ...(retry !== undefined && { retry }),
    };
  };
}
