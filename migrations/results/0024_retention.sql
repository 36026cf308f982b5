-- How long the history is kept, and what takes it away at its term (docs/guides/history.md). When
-- a term ends is decided by services/results/src/domain/retention.rs; here is what may go then,
-- whoever asks: never what stands, its proof, a decision, a ledger or an audit record.

create table results.retention (
    tenant_key     text        not null,
    -- As the plan promised, in days; none while nothing was ever taken: all of it.
    days           integer     check (days >= 30),
    -- A plan that keeps less, and since when: it counts after a grace.
    lowered_to     integer     check (lowered_to >= 30),
    lowered_at     timestamptz,
    -- The history is whole from here on; none: from the beginning.
    kept_since     timestamptz,
    -- When the plan was last asked for.
    asked_at       timestamptz not null,
    -- Whether everything before kept_since that may go is gone.
    done           boolean     not null default true,
    -- How far the events were walked for it, and the stored results.
    walk_at        timestamptz not null default '-infinity',
    walk_id        text        not null default '',
    results_at     timestamptz not null default '-infinity',
    results_job    text        not null default '',
    -- What went since kept_since moved: told in one audit record when it is done.
    events         bigint      not null default 0,
    evidence       bigint      not null default 0,
    results        bigint      not null default 0,
    constraint retention_pk primary key (tenant_key),
    constraint retention_lowered check ((lowered_to is null) = (lowered_at is null))
);
call platform.isolate('results.retention');
grant select, insert, update on results.retention to wt_results;

create index applied_by_time on results.applied (tenant_key, applied_at, job_id);

-- Organizations whose plan was not asked for since, or of which something is left to take. Keys
-- only.
create function results.retention_due(p_before timestamptz, p_limit integer)
returns table (tenant_key text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select t.tenant_key from results.trees t
    left join results.retention r on r.tenant_key = t.tenant_key
    where r.tenant_key is null or not r.done or r.asked_at < p_before
    order by r.asked_at nulls first
    limit least(p_limit, 1000)
$$;

-- Before what the transaction's organization has ended history; the smallest plan bounds it too,
-- so that no slip in a service takes more.
create function results.retention_bound() returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select least(r.kept_since, now() - interval '30 days') from results.retention r
    where r.tenant_key = platform.current_tenant() and r.kept_since is not null
$$;

-- Takes the next events of the transaction's organization that have ended, with what they saw, and
-- goes on behind them. What stays: of each exposure the newest event before the bound, from which
-- it follows how it stood then; of one that is live everything since it last opened.
create function results.prune_events(p_limit integer)
returns table (walked bigint, events bigint, evidence bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_tenant text := platform.current_tenant();
    v_before timestamptz := results.retention_bound();
    v_at     timestamptz;
    v_id     text;
begin
    select r.walk_at, r.walk_id into v_at, v_id from results.retention r
    where r.tenant_key = v_tenant for update;
    return query
    with page as materialized (
        select e.at, e.id, e.key, e.leaf_index from results.events e
        where e.tenant_key = v_tenant and e.at < v_before and (e.at, e.id) > (v_at, v_id)
        order by e.at, e.id
        limit least(p_limit, 10000)
    ), ended as materialized (
        select p.at, p.id from page p
        where exists (
            select from results.events n
            where n.tenant_key = v_tenant and n.key = p.key and n.at < v_before
              and (n.at, n.leaf_index) > (p.at, p.leaf_index)
        )
        -- Trends follow an exposure in the order of the ledger.
        and exists (
            select from results.events n
            where n.tenant_key = v_tenant and n.key = p.key and n.leaf_index > p.leaf_index
        )
        and not exists (
            select from results.exposures x
            where x.tenant_key = v_tenant and x.key = p.key and x.state in ('open', 'unresponsive')
              and not exists (
                  select from results.events o
                  where o.tenant_key = v_tenant and o.key = p.key
                    and o.type in ('NEW', 'REOPENED') and o.at >= p.at
                    and (o.at, o.leaf_index) > (p.at, p.leaf_index)
              )
        )
    ), gone as (
        delete from results.events e using ended d
        where e.tenant_key = v_tenant and e.at < v_before and e.at = d.at and e.id = d.id
        returning 1
    ), proof as (
        delete from results.evidence v using ended d
        where v.tenant_key = v_tenant and v.event_id = d.id
        returning 1
    ), moved as (
        update results.retention r
        set walk_at = l.at, walk_id = l.id,
            events = r.events + (select count(*) from gone),
            evidence = r.evidence + (select count(*) from proof)
        from (select at, id from page order by at desc, id desc limit 1) l
        where r.tenant_key = v_tenant
    )
    select (select count(*) from page), (select count(*) from gone), (select count(*) from proof);
end
$$;

-- Makes one sum of the trend's days that have ended, which the first day that is kept begins with;
-- gives how many rows it takes less.
create function results.prune_trends() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := platform.current_tenant();
    v_first  date := (results.retention_bound() at time zone 'UTC')::date;
    v_less   bigint;
begin
    -- Whoever adds up days waits, or is waited for.
    perform from results.trend_cursors c where c.tenant_key = v_tenant for update;
    with gone as (
        delete from results.trend_days d where d.tenant_key = v_tenant and d.day < v_first
        returning d.*
    ), summed as (
        insert into results.trend_days
            (tenant_key, grain, ref, day, severity_rank, delta, appeared, fixed, fix_s, fixed_late)
        select v_tenant, g.grain, g.ref, v_first - 1, g.severity_rank, sum(g.delta), 0, 0, 0, 0
        from gone g
        group by g.grain, g.ref, g.severity_rank
        having sum(g.delta) <> 0
        returning 1
    )
    select (select count(*) from gone) - (select count(*) from summed) into v_less;
    delete from results.trend_looks l where l.tenant_key = v_tenant and l.day < v_first;
    return v_less;
end
$$;

-- Drops the oldest month if every organization's history is whole only from after it and what had
-- ended is gone: the little that stays moves to events_past. False if there is none such. Gives up
-- on a long reader soon and is asked again.
create function results.drop_month() returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
as $$
declare
    v_table regclass;
    v_from  timestamp;
    v_to    timestamptz;
begin
    perform pg_advisory_xact_lock(hashtextextended('results.make_months', 0));
    select c.oid, to_timestamp(substr(c.relname, 8), 'YYYY_MM') at time zone 'UTC'
    into v_table, v_from
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'results.events'::regclass and c.relname ~ '^events_\d{4}_\d\d$'
    order by c.relname limit 1;
    v_to := (v_from + interval '1 month') at time zone 'UTC';
    if v_table is null or v_to > now() - interval '30 days' or exists (
        select from results.trees t
        left join results.retention r on r.tenant_key = t.tenant_key
        where r.kept_since is null or r.kept_since < v_to or not r.done
    ) then
        return false;
    end if;
    execute format('alter table results.events detach partition %s', v_table);
    alter table results.events detach partition results.events_past;
    execute format('insert into results.events_past select * from %s', v_table);
    execute format('drop table %s', v_table);
    execute format('alter table results.events attach partition results.events_past '
                   'for values from (minvalue) to (%L)', v_to);
    return true;
end
$$;

revoke all on function results.retention_due(timestamptz, integer), results.retention_bound(),
    results.prune_events(integer), results.prune_trends(), results.drop_month() from public;
grant execute on function results.retention_due(timestamptz, integer),
    results.prune_events(integer), results.prune_trends(), results.drop_month() to wt_results;
