-- When an organization's assets may be scanned (docs/guides/scan-windows.md).
create table scan.windows (
    tenant_key text   not null,
    -- Rules in words, as people wrote them and as they were accepted.
    rules      jsonb  not null,
    -- The empty list that everybody begins with is the first.
    version    bigint not null default 2,
    constraint windows_pk primary key (tenant_key),
    constraint windows_are_a_list check (jsonb_typeof(rules) = 'array')
);
call platform.isolate('scan.windows');
grant select, insert, update on scan.windows to wt_scan_orchestrator;
