-- Saved views: a filter with a name, of one person or of everybody in the organization.

create table results.views (
    tenant_key text        not null,
    id         text        not null,
    -- Whose it is.
    owner      text        not null,
    -- Whether everybody in the organization sees it.
    shared     boolean     not null,
    name       text        not null,
    filter     text        not null,
    columns    text[]      not null,
    sort       text        not null,
    version    bigint      not null default 1,
    created_at timestamptz not null default now(),
    constraint views_pk primary key (tenant_key, id),
    constraint view_name_once unique (tenant_key, owner, name)
);
call platform.isolate('results.views');
grant select, insert, update, delete on results.views to wt_results;
