-- Which results were applied or refused, and what each run looked at (contracts §4).

create table results.applied (
    tenant_key         text        not null,
    job_id             text        not null,
    run_id             text        not null,
    attempt            integer     not null,
    run_seq            bigint      not null,
    run_kind           text        not null,
    profile            text        not null,
    requested_by       text        not null,
    requested_at       timestamptz,
    artifact_key       text        not null,
    artifact_sha256    text        not null,
    artifact_bytes     bigint      not null,
    -- The signed job (encoded JobEnvelope), for packets.
    job_envelope       bytea       not null,
    -- Empty code: applied. Else why it was refused whole.
    refusal_code       text        not null default '',
    refusal_reason     text        not null default '',
    engine_name        text        not null default '',
    engine_version     text        not null default '',
    check_set_digest   text        not null default '',
    vantage            text        not null default '',
    worker_id          text        not null default '',
    authorization_ids  text[]      not null default '{}',
    started_at         timestamptz,
    finished_at        timestamptz,
    cells_present      bigint      not null default 0,
    cells_absent       bigint      not null default 0,
    cells_inconclusive bigint      not null default 0,
    -- [{host, address, port, reason, via}], at most 1,000.
    denials            jsonb       not null default '[]',
    denials_total      bigint      not null default 0,
    applied_at         timestamptz not null default now(),
    -- A job is settled once: the second delivery meets this.
    constraint job_applied_once primary key (tenant_key, job_id)
);
create index applied_by_run on results.applied (tenant_key, run_id);
call platform.isolate('results.applied');
grant select, insert on results.applied to wt_results;

-- The cells of applied results, run-length encoded as they came. Orders late results, and says
-- when an exposure that no run had to rewrite was last seen.
create table results.coverage (
    tenant_key text           not null,
    job_id     text           not null,
    n          integer        not null,
    run_id     text           not null,
    run_seq    bigint         not null,
    asset_id   text           not null,
    host       text           not null,
    transport  text           not null,
    ports      int4multirange not null,
    check_ids  text[]         not null,
    outcome    text           not null,
    -- Of inconclusive: why.
    reason     text,
    strength   smallint       not null,
    at         timestamptz    not null,
    constraint coverage_pk primary key (tenant_key, job_id, n)
);
create index coverage_newest on results.coverage (tenant_key, asset_id, host, run_seq desc);
call platform.isolate('results.coverage');
grant select, insert on results.coverage to wt_results;

-- What people are told about checks. Kept for each organization, because the texts arrive with
-- its results and must not be another's to write.
create table results.checks (
    tenant_key   text   not null,
    check_id     text   not null,
    digest       text   not null,
    title        text   not null,
    severity     text   not null,
    description  text   not null,
    remediation  text   not null,
    reference_urls text[] not null,
    cwe          bigint[] not null,
    constraint checks_pk primary key (tenant_key, check_id)
);
call platform.isolate('results.checks');
grant select, insert, update on results.checks to wt_results;
