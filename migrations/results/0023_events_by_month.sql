-- The history in one table a month (docs/guides/history.md), so that what no plan keeps any more
-- leaves as a table and not row by row, and what is asked of lately reads what is lately there.

alter table results.events rename to events_whole;
alter table results.events_whole rename constraint events_pk to events_whole_pk;
drop index results.events_newest, results.events_by_key, results.events_by_run;

create table results.events (
    like results.events_whole including defaults
) partition by range (at);
call platform.isolate('results.events');
-- Append only.
grant select, insert on results.events to wt_results;
comment on table results.events is
    'by month of `at`: events_past, one table a month, and events_rest until a row''s month is made';

-- Before every month that is there.
create table results.events_past (like results.events including defaults);
call platform.isolate('results.events_past');
-- After them: results told from a clock that goes ahead, until their month is made.
create table results.events_rest partition of results.events default;
call platform.isolate('results.events_rest');

-- Makes the month that begins on this day and gives it what waits for it; false if it is there.
-- The table is made apart and then attached, which stops nobody but readers for a moment.
create function results.make_month(p_month date) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    v_table text := 'events_' || to_char(p_month, 'YYYY_MM');
    v_from  timestamptz := p_month::timestamp at time zone 'UTC';
    v_to    timestamptz := (p_month + interval '1 month') at time zone 'UTC';
begin
    if to_regclass('results.' || v_table) is not null then
        return false;
    end if;
    execute format('create table results.%I (like results.events including defaults)', v_table);
    execute format('call platform.isolate(%L)', 'results.' || v_table);
    execute format(
        'with waiting as (delete from results.events_rest where at >= $1 and at < $2 returning *) '
        'insert into results.%I select * from waiting', v_table) using v_from, v_to;
    execute format('alter table results.events attach partition results.%I '
                   'for values from (%L) to (%L)', v_table, v_from, v_to);
    return true;
end
$$;

-- This month, the next two, and those whose rows wait in events_rest; gives how many were made.
-- The timer of the results service asks (SECURITY DEFINER: it may make no table itself). Of two
-- that ask at once, the second finds them made. Gives up on a long reader soon and is asked again.
create function results.make_months() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
as $$
declare
    v_now   timestamp := date_trunc('month', now() at time zone 'UTC');
    v_month date;
    v_made  integer := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('results.make_months', 0));
    for v_month in
        select (v_now + make_interval(months => n))::date from generate_series(0, 2) n
        union
        -- No more at once than a year: what a mad clock says must not become a thousand tables.
        (select date_trunc('month', at at time zone 'UTC')::date from results.events_rest
         where at < (v_now + interval '1 year') at time zone 'UTC')
        order by 1
    loop
        if results.make_month(v_month) then
            v_made := v_made + 1;
        end if;
    end loop;
    return v_made;
end
$$;
revoke all on function results.make_month(date), results.make_months() from public;
grant execute on function results.make_months() to wt_results;

-- The months that are there already, of at most as long as the largest plan keeps history.
do $$
declare
    v_first timestamp := date_trunc('month', now() at time zone 'UTC');
begin
    v_first := (select greatest(date_trunc('month', min(least(at, now())) at time zone 'UTC'),
                                v_first - interval '37 months')
                from results.events_whole having count(*) > 0);
    v_first := coalesce(v_first, date_trunc('month', now() at time zone 'UTC'));
    execute format('alter table results.events attach partition results.events_past '
                   'for values from (minvalue) to (%L)', v_first at time zone 'UTC');
    while v_first < now() at time zone 'UTC' loop
        perform results.make_month(v_first::date);
        v_first := v_first + interval '1 month';
    end loop;
    perform results.make_months();
end
$$;

insert into results.events select * from results.events_whole;
drop table results.events_whole;

-- Unique by cause as before: the time of an event follows from its cause. Read backwards it is the
-- feed, newest first.
alter table results.events add constraint events_pk primary key (tenant_key, at, id);
create index events_by_key on results.events (tenant_key, key, at);
create index events_by_run on results.events (tenant_key, run_id);
-- In the order of the ledger: what trends have not added up yet.
create index events_by_leaf on results.events (tenant_key, leaf_index);
