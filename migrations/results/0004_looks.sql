-- When a host was last looked at so fully that every open exposure of it was seen as it is known.
-- One row a host instead of one write an exposure: what an unchanged exposure's last_seen is.
create table results.looks (
    tenant_key text        not null,
    asset_id   text        not null,
    host       text        not null,
    run_seq    bigint      not null,
    run_id     text        not null,
    at         timestamptz not null,
    constraint looks_pk primary key (tenant_key, asset_id, host)
);
call platform.isolate('results.looks');
grant select, insert, update on results.looks to wt_results;

comment on column results.exposures.last_seen is
    'as last written; while open and undoubted, results.looks may know better';
