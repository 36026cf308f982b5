-- How many events of each kind there are in each hour, so that the first screen counts none of them
-- (docs/decisions/0027).

-- Who tells events waits until they are counted below, and adds no tally between.
lock table results.events in share row exclusive mode;

-- Rows are added and never changed, as of `results.exposure_tallies`.
create table results.event_tallies (
    tenant_key text        not null,
    type       text        not null,
    -- That the event was in, UTC.
    hour       timestamptz not null,
    -- How many more or fewer.
    rows       bigint      not null
);
create index event_tallies_by_tenant on results.event_tallies (tenant_key);
call platform.isolate('results.event_tallies');
grant select, insert on results.event_tallies to wt_results;

-- For what a statement told or took away, whoever did; a month that moves between tables is neither.
create function results.tally_events() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into results.event_tallies
    select e.tenant_key, e.type, date_trunc('hour', e.at, 'UTC'),
           case tg_op when 'DELETE' then -count(*) else count(*) end
    from counted e
    group by 1, 2, 3;
    return null;
end
$$;
create trigger tally_told after insert on results.events
    referencing new table as counted for each statement execute function results.tally_events();
create trigger tally_pruned after delete on results.events
    referencing old table as counted for each statement execute function results.tally_events();

-- As `results.fold_tallies`, which a replica of the version before asks for alone.
create function results.fold_event_tallies() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text;
    v_folded bigint := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('results.fold_tallies', 0));
    for v_tenant in
        select t.tenant_key from results.event_tallies t
        group by t.tenant_key
        having count(*) > 100 and count(*) > 2 * count(distinct (t.type, t.hour))
    loop
        with gone as (
            delete from results.event_tallies t where t.tenant_key = v_tenant returning *
        ), folded as (
            insert into results.event_tallies
            select tenant_key, type, hour, sum(rows) from gone
            group by 1, 2, 3
            having sum(rows) <> 0
        )
        select v_folded + count(*) into v_folded from gone;
    end loop;
    return v_folded;
end
$$;
revoke all on function results.tally_events(), results.fold_event_tallies() from public;
grant execute on function results.tally_events(), results.fold_event_tallies() to wt_results;

-- backfill {
delete from results.event_tallies;
insert into results.event_tallies
select e.tenant_key, e.type, date_trunc('hour', e.at, 'UTC'), count(*)
from results.events e
group by 1, 2, 3;
-- }
