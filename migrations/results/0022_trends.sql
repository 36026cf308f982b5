-- How it goes over time, added up day by day as events come (docs/guides/history.md), so that a
-- trend reads a row a day and not the history.

-- How far an organization's ledger and turns are added up.
create table results.trend_cursors (
    tenant_key text   not null,
    next_leaf  bigint not null default 0,
    next_turn  bigint not null default 0,
    constraint trend_cursors_pk primary key (tenant_key)
);
call platform.isolate('results.trend_cursors');
grant select, insert, update on results.trend_cursors to wt_results;

create table results.trend_days (
    tenant_key    text     not null,
    -- Of everything, of an asset or of a check.
    grain         text     not null,
    -- Id of the asset or check; empty of everything.
    ref           text     not null,
    -- UTC, by when the run ended.
    day           date     not null,
    severity_rank smallint not null,
    -- By how many the live exposures became more.
    delta         bigint   not null,
    -- NEW and REOPENED.
    appeared      bigint   not null,
    -- FIXED, how long they had been there together, and those of them after their term.
    fixed         bigint   not null,
    fix_s         bigint   not null,
    fixed_late    bigint   not null,
    constraint trend_days_pk primary key (tenant_key, grain, ref, day, severity_rank),
    constraint trend_grain check (grain in ('all', 'asset', 'check'))
);
call platform.isolate('results.trend_days');
grant select, insert, update on results.trend_days to wt_results;

-- Days on which a result was applied: the others are gaps.
create table results.trend_looks (
    tenant_key text not null,
    -- Empty: anything.
    asset_id   text not null,
    day        date not null,
    constraint trend_looks_pk primary key (tenant_key, asset_id, day)
);
call platform.isolate('results.trend_looks');
grant select, insert on results.trend_looks to wt_results;

-- Organizations whose newest events or results are not added up. Keys only.
create function results.trends_due(p_limit integer)
returns table (tenant_key text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select t.tenant_key from results.trees t
    left join results.trend_cursors c on c.tenant_key = t.tenant_key
    where t.size > coalesce(c.next_leaf, 0) or t.turns > coalesce(c.next_turn, 0)
    order by 1
    limit p_limit
$$;
revoke all on function results.trends_due(integer) from public;
grant execute on function results.trends_due(integer) to wt_results;
