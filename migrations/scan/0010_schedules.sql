-- When scans are requested by themselves (docs/guides/scheduled-scans.md).
create table scan.schedules (
    tenant_key   text        not null,
    id           text        not null,
    name         text        not null,
    profile      text        not null check (profile in ('fast_recheck', 'baseline', 'deep')),
    policy       text        not null check (policy in ('passive', 'safe')),
    -- Empty: every asset that is verified by then.
    asset_ids    text[]      not null,
    -- Empty: the profile's.
    ports        text        not null,
    -- Empty: the default.
    pool         text        not null,
    every        text        not null check (every in ('day', 'week', 'month')),
    -- 1 (Monday) to 7; of `week`.
    weekday      integer     not null,
    -- 1 to 31, the last of a shorter month; of `month`.
    day          integer     not null,
    -- Local time, HH:MM, and the zone it is one of (IANA).
    at           text        not null,
    zone         text        not null,
    paused       boolean     not null,
    next_at      timestamptz not null,
    -- Whoever took it up last is left alone until then.
    leased_until timestamptz not null default '-infinity',
    -- The last time that came, and the run it gave or why it gave none.
    last_at      timestamptz,
    last_run_id  text        not null default '',
    last_skipped text        not null default '',
    created_by   text        not null,
    created_at   timestamptz not null default now(),
    constraint schedules_pk primary key (tenant_key, id)
);
create index schedules_due on scan.schedules (next_at) where not paused;
call platform.isolate('scan.schedules');
grant select, insert, update, delete on scan.schedules to wt_scan_orchestrator;

-- The schedule that requested a run; empty for none. A schedule may be gone, its runs stay.
alter table scan.runs add column schedule_id text not null default '';
create index runs_of_schedule on scan.runs (tenant_key, schedule_id) where schedule_id <> '';

-- Hands out schedules that are due, whoever's they are; keys only.
create function scan.claim_schedules(p_limit integer, p_lease interval)
returns table (tenant_key text, id text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with due as (
        select s.tenant_key, s.id from scan.schedules s
        where not s.paused and s.next_at <= now() and s.leased_until <= now()
        order by s.next_at
        limit least(p_limit, 100)
        for update skip locked
    )
    update scan.schedules s set leased_until = now() + p_lease
    from due where s.tenant_key = due.tenant_key and s.id = due.id
    returning s.tenant_key, s.id
$$;
revoke all on function scan.claim_schedules(integer, interval) from public;
grant execute on function scan.claim_schedules(integer, interval) to wt_scan_orchestrator;
