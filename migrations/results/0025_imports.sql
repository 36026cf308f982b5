-- What other tools found, brought in by people (docs/guides/moving-in.md).

create table results.imports (
    tenant_key      text        not null,
    id              text        not null,
    -- Its place in the organization's history, as of results and withdrawals.
    turn            bigint      not null,
    format          text        not null,
    -- SHA-256 of the file, hex.
    file_sha256     text        not null,
    accepted        bigint      not null,
    unchanged       bigint      not null,
    opened          bigint      not null,
    changed         bigint      not null,
    -- The first 100: [{line, reason, subject, detail}].
    refused         jsonb       not null,
    refused_total   bigint      not null,
    -- What was taken, without evidence (JSON, zstd), so that a replay can tell it again.
    payload         bytea       not null,
    -- Of the caller's request; empty for none.
    idempotency_key text        not null,
    by              text        not null,
    at              timestamptz not null default now(),
    constraint imports_pk primary key (tenant_key, id),
    constraint import_turn_once unique (tenant_key, turn)
);
create unique index import_asked_once on results.imports (tenant_key, by, idempotency_key)
    where idempotency_key <> '';
create index imports_newest on results.imports (tenant_key, at desc, id desc);
call platform.isolate('results.imports');
-- Append only.
grant select, insert on results.imports to wt_results;
