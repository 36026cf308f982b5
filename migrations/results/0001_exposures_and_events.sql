-- What is exposed, how it came to be known, and what people decided (contracts §5, §6, §8).

create table results.exposures (
    tenant_key          text        not null,
    key                 text        not null,
    asset_id            text        not null,
    host                text        not null,
    transport           text        not null,
    port                integer     not null,
    check_id            text        not null,
    -- Digest of the rules it was last seen by: only the same rules may call it gone.
    check_digest        text        not null,
    discriminator       text        not null,
    state               text        not null,
    severity            text        not null,
    -- 0 (info) to 4 (critical), to sort by.
    severity_rank       smallint    not null,
    title               text        not null,
    attributes          jsonb       not null,
    fingerprint         bytea       not null,
    opened_strength     smallint    not null,
    -- Number of the run that last wrote the columns above.
    seq                 bigint      not null,
    gone_seq            bigint,
    unresponsive_reason text,
    first_seen          timestamptz not null,
    -- As last written. A run that saw it unchanged is found through results.coverage instead.
    last_seen           timestamptz not null,
    last_run_id         text        not null,
    -- What users decided: written by actions alone, never by a result.
    decision            text,
    decision_until      timestamptz,
    assignee            text,
    constraint exposures_pk primary key (tenant_key, key),
    constraint exposure_state check (state in ('open', 'unresponsive', 'fixed', 'retired', 'stale_check')),
    constraint exposure_severity check (severity_rank between 0 and 4)
) with (fillfactor = 85);
-- The list, worst first, then newest.
create index exposures_worst on results.exposures
    (tenant_key, severity_rank desc, first_seen desc, key desc);
create index exposures_by_host on results.exposures (tenant_key, asset_id, host);
call platform.isolate('results.exposures');
grant select, insert, update on results.exposures to wt_results;

create table results.events (
    tenant_key    text        not null,
    -- Derived from (key, cause, type): the same cause never makes a second one.
    id            text        not null,
    key           text        not null,
    type          text        not null,
    -- None for what a person or the catalogue caused.
    run_id        text,
    job_id        text,
    at            timestamptz not null,
    title         text        not null,
    severity      text        not null,
    severity_rank smallint    not null,
    asset_id      text        not null,
    host          text        not null,
    transport     text        not null,
    port          integer     not null,
    check_id      text        not null,
    check_digest  text        not null,
    discriminator text        not null,
    -- Of CHANGED: [{name, before, after}].
    changed       jsonb       not null,
    reason        text,
    -- How the cell settled: {outcome, control, reason, confirmed}; null without a run.
    settled       jsonb,
    strength      smallint    not null,
    leaf_index    bigint      not null,
    constraint events_pk primary key (tenant_key, id)
);
create index events_newest on results.events (tenant_key, at desc, id desc);
create index events_by_key on results.events (tenant_key, key, at);
create index events_by_run on results.events (tenant_key, run_id);
call platform.isolate('results.events');
-- Append only.
grant select, insert on results.events to wt_results;

-- Raw proof of what an event saw; bounded by the engine (16 KiB of response each).
create table results.evidence (
    tenant_key      text    not null,
    event_id        text    not null,
    attributes      jsonb   not null,
    address         text    not null,
    request         bytea   not null,
    response        bytea   not null,
    response_sha256 text    not null,
    certificate     bytea,
    matched         text[]  not null,
    elapsed_ms      bigint  not null,
    constraint evidence_pk primary key (tenant_key, event_id)
);
call platform.isolate('results.evidence');
grant select, insert on results.evidence to wt_results;

create table results.actions (
    tenant_key text        not null,
    id         text        not null,
    key        text        not null,
    kind       text        not null,
    reason     text        not null,
    note       text        not null,
    assignee   text        not null,
    until      timestamptz,
    -- The run a request_verify led to.
    run_id     text,
    by         text        not null,
    at         timestamptz not null default now(),
    constraint actions_pk primary key (tenant_key, id)
);
create index actions_by_key on results.actions (tenant_key, key, at);
call platform.isolate('results.actions');
-- Append only.
grant select, insert on results.actions to wt_results;

call platform.give_outbox('results', 'wt_results');
