-- How many exposures are alike, so that the first screen adds up hundreds of rows and not a million
-- (docs/decisions/0027).

-- Rows are added and never changed: who writes exposures waits for nobody because of their count.
-- `results.fold_tallies` makes one row of those that are alike.
create table results.exposure_tallies (
    tenant_key    text        not null,
    state         text        not null,
    severity_rank smallint    not null,
    score         smallint    not null,
    -- Until when it is accepted or declared wrong, of what is live.
    aside_until   timestamptz,
    -- How many more or fewer.
    rows          bigint      not null
);
create index exposure_tallies_by_tenant on results.exposure_tallies (tenant_key);
call platform.isolate('results.exposure_tallies');
grant select, insert on results.exposure_tallies to wt_results;

-- The clocks of what is live.
create table results.clock_tallies (
    tenant_key    text        not null,
    severity_rank smallint    not null,
    kev           boolean     not null,
    -- When it began, later by what it stood, to the hour.
    clock_from    timestamptz not null,
    -- Until when it stands, if it does.
    paused_until  timestamptz,
    rows          bigint      not null
);
create index clock_tallies_by_tenant on results.clock_tallies (tenant_key);
call platform.isolate('results.clock_tallies');
grant select, insert on results.clock_tallies to wt_results;

-- What of an exposure is counted. Plain functions, so that Postgres puts them in the place of their calls.
create function results.counted_clock(
    p_from timestamptz, p_stood_s bigint, p_paused_at timestamptz, p_until timestamptz)
returns timestamptz language sql stable parallel safe
as $$
    select date_trunc('hour',
        p_from + interval '1 second' * p_stood_s
        + case when p_paused_at is null or p_until is null then interval '0'
               else greatest(p_until - greatest(p_paused_at, p_from), interval '0') end)
$$;
create function results.counted_until(p_holds boolean, p_until timestamptz)
returns timestamptz language sql immutable parallel safe
as $$ select case when p_holds then coalesce(p_until, 'infinity') end $$;

-- For what a statement wrote, whoever wrote it. They run as who writes, so that row-level security
-- holds here as there.
create function results.tally_added() returns trigger
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
           count(*)
    from added x
    where x.state in ('open', 'unresponsive')
    group by 1, 2, 3, 4, 5;
    return null;
end
$$;
create function results.tally_changed() returns trigger
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
           sum(x.more)
    from (select -1 as more, * from was union all select 1, * from became) x
    where x.state in ('open', 'unresponsive')
    group by 1, 2, 3, 4, 5
    having sum(x.more) <> 0;
    return null;
end
$$;
create trigger tally_added after insert on results.exposures
    referencing new table as added for each statement execute function results.tally_added();
create trigger tally_changed after update on results.exposures
    referencing old table as was new table as became
    for each statement execute function results.tally_changed();

-- Makes one row of alike ones, in organizations with many; gives of how many. The timer of the
-- results service asks (SECURITY DEFINER: no row is read by anybody). Who adds rows meanwhile is not
-- waited for and waits for nobody; of two that fold at once, the second finds the rest.
create function results.fold_tallies() returns bigint
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
           and count(*) > 2 * count(distinct (t.severity_rank, t.kev, t.clock_from, t.paused_until))
    loop
        with gone as (
            delete from results.clock_tallies t where t.tenant_key = v_tenant returning *
        ), folded as (
            insert into results.clock_tallies
            select tenant_key, severity_rank, kev, clock_from, paused_until, sum(rows) from gone
            group by 1, 2, 3, 4, 5
            having sum(rows) <> 0
        )
        select v_folded + count(*) into v_folded from gone;
    end loop;
    return v_folded;
end
$$;
revoke all on function results.counted_clock(timestamptz, bigint, timestamptz, timestamptz),
    results.counted_until(boolean, timestamptz), results.tally_added(), results.tally_changed(),
    results.fold_tallies() from public;
grant execute on function results.counted_clock(timestamptz, bigint, timestamptz, timestamptz),
    results.counted_until(boolean, timestamptz), results.tally_added(), results.tally_changed(),
    results.fold_tallies() to wt_results;

-- backfill {
insert into results.exposure_tallies
select x.tenant_key, x.state, x.severity_rank, x.score,
       results.counted_until(x.state in ('open', 'unresponsive')
                             and x.decision in ('accept_risk', 'false_positive'), x.decision_until),
       count(*)
from results.exposures x
group by 1, 2, 3, 4, 5;
insert into results.clock_tallies
select x.tenant_key, x.severity_rank, x.kev,
       results.counted_clock(coalesce(x.clock_from, x.first_seen), x.stood_s - x.stood_before_s,
                             x.paused_at, x.decision_until),
       results.counted_until(x.paused_at is not null, x.decision_until),
       count(*)
from results.exposures x
where x.state in ('open', 'unresponsive')
group by 1, 2, 3, 4, 5;
-- }
