/** The state of each list that lives in the address; unknown words fall back, never break. */
import { withAsked } from '@/filter/grammar';
import { DECISIONS, EVENT_TYPES, RUN_KINDS, SEVERITIES, STATES } from '@/say/words';
import { dayOf, manyOf, oneOf, textOf } from './url-search';

type Given = Record<string, unknown>;

/** No screen needs any of its search: a bare address always works. */
function optional<T>(search: T): { [Name in keyof T]?: T[Name] } {
  return search;
}

/** Longest filter the API takes, characters of a byte. */
const FILTER_MAX = 1_024;

/** How far back the feed reaches. */
export const SINCE = ['24h', '7d', '30d'] as const;

export const changesSearch = (given: Given) =>
  optional({
    type: manyOf(EVENT_TYPES, given.type),
    severity: oneOf(SEVERITIES, given.severity),
    since: oneOf(SINCE, given.since),
    asset: textOf(given.asset),
    run: textOf(given.run),
    filter: textOf(given.filter, FILTER_MAX),
  });

/** What rows of a list can be put together by, and how they can be ordered. */
export const GROUPS = ['asset', 'check', 'severity'] as const;
export const SORTS = ['score', 'first_seen', 'last_seen', 'host', 'title'] as const;

export const exposuresSearch = (given: Given) =>
  optional({
    filter: textOf(given.filter, FILTER_MAX) ?? fromFields(given),
    /** Without a filter, what is solved is left out; this asks for it all the same. */
    all: oneOf(['yes'] as const, given.all),
    group: oneOf(GROUPS, given.group),
    sort: oneOf(SORTS, given.sort),
    /** A day that is over: the list as it stood at its end. */
    as_of: dayOf(given.as_of),
  });

/** Addresses from before there was one box, as a filter. */
function fromFields(given: Given): string | undefined {
  const severity = oneOf(SEVERITIES, given.severity);
  const q = textOf(given.q)?.replaceAll('"', '');
  const fields = {
    state: manyOf(STATES, given.state)?.join(','),
    severity: severity && `>=${severity}`,
    decision: oneOf(DECISIONS, given.decision),
    asset: plain(given.asset),
    check: plain(given.check),
  };
  let filter = q ? `"${q}"` : '';
  for (const [field, value] of Object.entries(fields))
    if (value !== undefined) filter = withAsked(filter, field, value);
  return filter === '' ? undefined : filter;
}

const plain = (value: unknown) => textOf(value)?.replace(/[\s"]+.*/s, '') || undefined;

export const exposureSearch = (given: Given) =>
  optional({
    /** The verify run that was just asked for. */
    run: textOf(given.run),
  });

export const assetsSearch = (given: Given) =>
  optional({
    q: textOf(given.q),
    kind: oneOf(['domain', 'ip', 'cidr'] as const, given.kind),
    state: oneOf(['verified', 'unverified'] as const, given.state),
    /** Names under their registered domains, each with what was seen below it; a list, else. */
    as: oneOf(['tree'] as const, given.as),
  });

export const verifySearch = (given: Given) =>
  optional({
    method: oneOf(['dns_txt', 'http_file'] as const, given.method),
  });

export const scansSearch = (given: Given) => optional({ kind: oneOf(RUN_KINDS, given.kind) });

export const newScanSearch = (given: Given) =>
  optional({
    asset: textOf(given.asset),
    /** A run whose choices are taken over. */
    like: textOf(given.like),
    /** A schedule that is changed. */
    schedule: textOf(given.schedule),
  });

export const trendsSearch = (given: Given) =>
  optional({
    range: oneOf(['7d', '30d', '90d', '365d'] as const, given.range),
    as: oneOf(['chart', 'table'] as const, given.as),
    /** Only of this asset, of what this check sees, or of the assets that bear this tag. */
    asset: textOf(given.asset),
    check: textOf(given.check),
    tag: textOf(given.tag),
  });

/** Longest id of a node: a host, a port and the words around them. */
const NODE_MAX = 320;

export const graphSearch = (given: Given) =>
  optional({
    /** The node to look from, and the one to find the way to. */
    from: textOf(given.from, NODE_MAX),
    to: textOf(given.to, NODE_MAX),
    depth: oneOf(['1', '2', '3', '4'] as const, given.depth),
    as: oneOf(['drawing', 'table'] as const, given.as),
  });

export const reportsSearch = (given: Given) => optional({ run: textOf(given.run) });

/** Parts of the team's screen. */
const TEAM_TABS = ['people', 'invitations', 'teams', 'roles', 'organizations', 'why'] as const;
export type TeamTab = (typeof TEAM_TABS)[number];

export const teamSearch = (given: Given) => optional({ tab: oneOf(TEAM_TABS, given.tab) });

/** Links of mails before the secret moved behind `#`; taken out of the address at once. */
export const invitedSearch = (given: Given) => optional({ token: textOf(given.token) });

export const auditSearch = (given: Given) =>
  optional({
    q: textOf(given.q),
    actor: textOf(given.actor),
    action: textOf(given.action),
    target: textOf(given.target),
  });

export const loginSearch = (given: Given) =>
  optional({
    /** Where to go on; only a path of this site. */
    return_to: sitePath(given.return_to),
    /** Why an identity provider's answer was not taken. */
    sso_error: textOf(given.sso_error),
  });

export const deviceSearch = (given: Given) =>
  optional({
    /** As the program shows it; a link may carry it. */
    user_code: textOf(given.user_code),
  });

/** A path of this origin; `//host` and `/\host` would leave it. */
export function sitePath(value: unknown): string | undefined {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : undefined;
}

export const platformSearch = (given: Given) =>
  optional({
    /** The people, without one. */
    tab: oneOf(['queue', 'stuck', 'letters'] as const, given.tab),
    /** Only the dead letters of this reader of the bus. */
    consumer: textOf(given.consumer),
  });
