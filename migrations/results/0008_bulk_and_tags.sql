-- One decision about many exposures, taken back by its id; tags on exposures.

alter table results.exposures
    -- Of people, like the decision: written by actions alone, never by a result.
    add column tags text[] not null default '{}';

alter table results.actions
    -- Of `tag` and `untag`.
    add column tags    text[] not null default '{}',
    -- The bulk it is part of.
    add column bulk_id text,
    -- What stood before, so that a bulk can be taken back: {decision, until, assignee, tags}.
    add column before  jsonb;
create index actions_by_bulk on results.actions (tenant_key, bulk_id, key) where bulk_id is not null;

create table results.bulks (
    tenant_key      text        not null,
    id              text        not null,
    kind            text        not null,
    -- What it was asked for: a filter, or named exposures (then empty).
    filter          text        not null,
    reason          text        not null,
    -- Exposures it was recorded on, and those it did not suit.
    applied         bigint      not null,
    unsuitable      bigint      not null,
    -- The bulk it takes back.
    undoes          text,
    -- Of the caller's request; empty for none.
    idempotency_key text        not null,
    by              text        not null,
    at              timestamptz not null default now(),
    constraint bulks_pk primary key (tenant_key, id)
);
-- Taken back once.
create unique index bulk_undone_once on results.bulks (tenant_key, undoes) where undoes is not null;
create unique index bulk_asked_once on results.bulks (tenant_key, by, idempotency_key)
    where idempotency_key <> '';
create index bulks_newest on results.bulks (tenant_key, at desc, id desc);
call platform.isolate('results.bulks');
-- Append only.
grant select, insert on results.bulks to wt_results;
