-- Reports that are asked for by themselves.
create table report.schedules (
    tenant_key   text        not null,
    id           text        not null,
    name         text        not null,
    kind         text        not null check (kind in ('executive', 'technical')),
    filter       text        not null,
    view_name    text        not null,
    every        text        not null check (every in ('day', 'week', 'month')),
    -- 1 (Monday) to 7; of `week`.
    weekday      integer     not null,
    -- 1 to 31, the last of a shorter month; of `month`.
    day          integer     not null,
    -- Local time, HH:MM, and the zone it is one of (IANA).
    at           text        not null,
    zone         text        not null,
    paused       boolean     not null default false,
    next_at      timestamptz not null,
    -- Whoever took it up last is left alone until then.
    leased_until timestamptz not null default '-infinity',
    created_by   text        not null,
    created_at   timestamptz not null default now(),
    primary key (tenant_key, id)
);
create index schedules_due on report.schedules (next_at) where not paused;

call platform.isolate('report.schedules');
grant select, insert, update, delete on report.schedules to wt_ai_report;

alter table report.reports add column schedule_id text not null default '';

-- Hands out schedules that are due, whoever's they are; keys only.
create function report.claim_schedules(p_limit integer, p_lease interval)
returns table (tenant_key text, id text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with due as (
        select s.tenant_key, s.id from report.schedules s
        where not s.paused and s.next_at <= now() and s.leased_until <= now()
        order by s.next_at
        limit least(p_limit, 100)
        for update skip locked
    )
    update report.schedules s set leased_until = now() + p_lease
    from due where s.tenant_key = due.tenant_key and s.id = due.id
    returning s.tenant_key, s.id
$$;
revoke all on function report.claim_schedules(integer, interval) from public;
grant execute on function report.claim_schedules(integer, interval) to wt_ai_report;

-- How an organization's documents look; no row: as ours.
create table report.branding (
    tenant_key text not null primary key,
    name       text not null,
    -- `#rrggbb`
    color      text not null,
    footer     text not null
);
call platform.isolate('report.branding');
grant select, insert, update on report.branding to wt_ai_report;
