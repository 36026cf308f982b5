-- For how long what is live has been there, counted beside its clocks, so that the trend of
-- everything walks no live rows (docs/decisions/0027).

-- Who writes exposures waits until they are counted anew below, and adds no tally between.
lock table results.exposures in share row exclusive mode;
alter table results.clock_tallies
    -- Since when, to the hour. Unlike `clock_from` it stands still while the clock stands.
    add column there_since timestamptz not null default '-infinity';

create or replace function results.tally_added() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into results.exposure_tallies
    select x.tenant_key, x.state, x.severity_rank, x.score,
           results.counted_until(x.state in ('open', 'unresponsive')
                                 and x.decision in ('accept_risk', 'false_positive'), x.decision_until),
           count(*)
    from added x
    group by 1, 2, 3, 4, 5;
    insert into results.clock_tallies
    select x.tenant_key, x.severity_rank, x.kev,
           results.counted_clock(coalesce(x.clock_from, x.first_seen), x.stood_s - x.stood_before_s,
                                 x.paused_at, x.decision_until),
           results.counted_until(x.paused_at is not null, x.decision_until),
           count(*), date_trunc('hour', coalesce(x.clock_from, x.first_seen))
    from added x
    where x.state in ('open', 'unresponsive')
    group by 1, 2, 3, 4, 5, 7;
    return null;
end
$$;
create or replace function results.tally_changed() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into results.exposure_tallies
    select x.tenant_key, x.state, x.severity_rank, x.score,
           results.counted_until(x.state in ('open', 'unresponsive')
                                 and x.decision in ('accept_risk', 'false_positive'), x.decision_until),
           sum(x.more)
    from (select -1 as more, * from was union all select 1, * from became) x
    group by 1, 2, 3, 4, 5
    having sum(x.more) <> 0;
    insert into results.clock_tallies
    select x.tenant_key, x.severity_rank, x.kev,
           results.counted_clock(coalesce(x.clock_from, x.first_seen), x.stood_s - x.stood_before_s,
                                 x.paused_at, x.decision_until),
           results.counted_until(x.paused_at is not null, x.decision_until),
           sum(x.more), date_trunc('hour', coalesce(x.clock_from, x.first_seen))
    from (select -1 as more, * from was union all select 1, * from became) x
    where x.state in ('open', 'unresponsive')
    group by 1, 2, 3, 4, 5, 7
    having sum(x.more) <> 0;
    return null;
end
$$;
-- A time of a tally that is folded: to the day where it is long ago, so that years of hours stay few rows.
create function results.folded_time(p_time timestamptz) returns timestamptz
language sql stable parallel safe
as $$
    select case when p_time > '-infinity' and p_time < now() - interval '60 days'
                then date_trunc('day', p_time, 'UTC') else p_time end
$$;
revoke all on function results.folded_time(timestamptz) from public;
create or replace function results.fold_tallies() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text;
    v_folded bigint := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('results.fold_tallies', 0));
    for v_tenant in
        select t.tenant_key from results.exposure_tallies t
        group by t.tenant_key
        having count(*) > 100
           and count(*) > 2 * count(distinct (t.state, t.severity_rank, t.score, t.aside_until))
    loop
        with gone as (
            delete from results.exposure_tallies t where t.tenant_key = v_tenant returning *
        ), folded as (
            insert into results.exposure_tallies
            select tenant_key, state, severity_rank, score, aside_until, sum(rows) from gone
            group by 1, 2, 3, 4, 5
            having sum(rows) <> 0
        )
        select v_folded + count(*) into v_folded from gone;
    end loop;
    for v_tenant in
        select t.tenant_key from results.clock_tallies t
        group by t.tenant_key
        having count(*) > 100
           and count(*) > 2 * count(distinct (t.severity_rank, t.kev, results.folded_time(t.clock_from),
                                          t.paused_until, results.folded_time(t.there_since)))
    loop
        with gone as (
            delete from results.clock_tallies t where t.tenant_key = v_tenant returning *
        ), folded as (
            insert into results.clock_tallies
            select tenant_key, severity_rank, kev, results.folded_time(clock_from), paused_until,
                   sum(rows), results.folded_time(there_since)
            from gone
            group by 1, 2, 3, 4, 5, 7
            having sum(rows) <> 0
        )
        select v_folded + count(*) into v_folded from gone;
    end loop;
    return v_folded;
end
$$;

-- backfill {
delete from results.clock_tallies;
insert into results.clock_tallies
select x.tenant_key, x.severity_rank, x.kev,
       results.counted_clock(coalesce(x.clock_from, x.first_seen), x.stood_s - x.stood_before_s,
                             x.paused_at, x.decision_until),
       results.counted_until(x.paused_at is not null, x.decision_until),
       count(*), date_trunc('hour', coalesce(x.clock_from, x.first_seen))
from results.exposures x
where x.state in ('open', 'unresponsive')
group by 1, 2, 3, 4, 5, 7;
-- }
