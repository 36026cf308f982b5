import { describe, expect, it } from 'vitest';
import { makeParser } from './sse';

describe('the event stream', () => {
  it('is the same however it is cut into chunks', () => {
    const text = 'id: 7\nevent: scan.log\ndata: {"line":"a"}\n\n: beat\n\ndata: x\ndata: y\n\n';
    const whole = makeParser()(text).events;
    const parse = makeParser();
    const bytes = [...text].flatMap((letter) => parse(letter).events);
    expect(bytes).toEqual(whole);
    expect(whole).toEqual([
      { type: 'scan.log', data: '{"line":"a"}' },
      { type: 'message', data: 'x\ny' },
    ]);
  });

  it('remembers where to resume and how long to wait', () => {
    expect(makeParser()('retry: 250\nid: 9\ndata: 1\n\n')).toMatchObject({
      lastId: '9',
      retry: 250,
    });
  });

  it('holds an unfinished event back', () => {
    const parse = makeParser();
    expect(parse('data: half').events).toEqual([]);
    expect(parse('\n\n').events).toEqual([{ type: 'message', data: 'half' }]);
  });
});
