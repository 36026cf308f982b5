/** What the API says when it says no (RFC 9457), and what happens when nobody answers. */
import type { ProblemDocument, ProblemField } from '@/client';

/** A refusal or a failure, with everything a person needs to go on or to ask for help. */
export class Problem extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Permanent code, `area.reason`. */
  readonly code: string;
  /** What to do next; may be empty. */
  readonly advice: string;
  /** Names this request in the logs; empty when the gateway never saw it. */
  readonly requestId: string;
  /** Which fields are at fault. */
  readonly fields: readonly ProblemField[];
  /** With `auth.mfa_required`: what the second step is answered with, and by what. */
  readonly challenge: string;
  readonly factors: readonly string[];

  constructor(status: number, document: Partial<ProblemDocument>) {
    super(document.detail || document.title || 'Something went wrong.');
    this.name = 'Problem';
    this.status = status;
    this.code = document.code ?? 'web.unknown';
    this.advice = document.advice ?? '';
    this.requestId = document.request_id ?? '';
    this.fields = document.fields ?? [];
    this.challenge = document.challenge ?? '';
    this.factors = document.factors ?? [];
  }

  /** Where its code is explained; nothing for what only the browser knows. */
  page(): string | undefined {
    const isOfTheApi = /^[a-z0-9_]+\.[a-z0-9_]+$/.test(this.code) && !this.code.startsWith('web.');
    return isOfTheApi ? `/docs/errors/${this.code}` : undefined;
  }

  /** The same as a form wants it: reasons by field name. */
  byField(): Record<string, string> {
    return Object.fromEntries(this.fields.map(({ field, reason }) => [field, reason]));
  }
}

/** Any thrown thing as a problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem(0, { code: 'web.failed', detail });
}

/** What came back as a body (or a network failure) as a problem. */
export function problemFrom(body: unknown, response: Response | undefined): Problem {
  if (!response) {
    return new Problem(0, {
      code: 'web.no_answer',
      detail: 'Watchtower did not answer.',
      advice: 'Check the connection; nothing was changed unless it says so.',
    });
  }
  const requestId = response.headers.get('x-request-id') ?? '';
  if (typeof body === 'object' && body !== null && 'code' in body) {
    const document = body as Partial<ProblemDocument>;
    return new Problem(response.status, {
      ...document,
      request_id: document.request_id || requestId,
    });
  }
  return new Problem(response.status, {
    code: 'web.unreadable_answer',
    detail: `The answer was not understood (HTTP ${response.status}).`,
    request_id: requestId,
  });
}
