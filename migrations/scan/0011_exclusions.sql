-- What of an organization's assets is never scanned (docs/guides/scan-exclusions.md).
create table scan.exclusions (
    tenant_key text   not null,
    -- In words, as people wrote them and as they were accepted.
    exclusions jsonb  not null,
    -- The empty list that everybody begins with is the first.
    version    bigint not null default 2,
    constraint exclusions_pk primary key (tenant_key),
    constraint exclusions_are_a_list check (jsonb_typeof(exclusions) = 'array')
);
call platform.isolate('scan.exclusions');
grant select, insert, update on scan.exclusions to wt_scan_orchestrator;
