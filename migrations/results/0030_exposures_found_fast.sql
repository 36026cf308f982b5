-- What a filter of the exposures finds its rows by (docs/decisions/0027): an organization may have
-- a million of them, and of most filters few fit.

-- In the order of the list.
drop index results.exposures_by_check;
create index exposures_by_check on results.exposures
    (tenant_key, check_id, severity_rank desc, first_seen desc, key desc);
-- By host first: whoever asks for an asset's exposures has its hosts.
drop index results.exposures_by_host;
create index exposures_by_host on results.exposures (tenant_key, host, asset_id);

-- Of what few exposures have, so that most are written without them.
create index exposures_by_state on results.exposures
    (tenant_key, state, severity_rank desc, first_seen desc, key desc) where state <> 'open';
create index exposures_by_assignee on results.exposures
    (tenant_key, assignee, severity_rank desc, first_seen desc, key desc) where assignee <> '';
create index exposures_by_decision on results.exposures
    (tenant_key, decision, severity_rank desc, first_seen desc, key desc)
    where decision is not null;
create index exposures_by_port on results.exposures
    (tenant_key, port, severity_rank desc, first_seen desc, key desc)
    where port not in (0, 80, 443);
create index exposures_attacked on results.exposures
    (tenant_key, severity_rank desc, first_seen desc, key desc) where kev;
create index exposures_paused on results.exposures
    (tenant_key, severity_rank desc, first_seen desc, key desc) where paused_at is not null;
create index exposures_tagged on results.exposures
    (tenant_key, severity_rank desc, first_seen desc, key desc) where tags <> '{}';
create index events_by_type on results.events (tenant_key, type, at, id) include (key)
    where type <> 'NEW';

-- The hosts, titles and checks that an organization's exposures have or had: thousands where the
-- exposures are a million, so that a word is looked for in these.
create table results.exposure_names (
    tenant_key text not null,
    kind       text not null,
    name       text not null,
    -- The asset of a host, the check of a title.
    of_id      text not null,
    constraint exposure_names_pk primary key (tenant_key, kind, name, of_id),
    constraint exposure_name_kind check (kind in ('host', 'title'))
);
call platform.isolate('results.exposure_names');
grant select, insert on results.exposure_names to wt_results;

-- For what a statement wrote, whoever wrote it: a replica of the version before knows of no names.
-- They run as who writes, and write in one order, so that two who write at once wait and never for each other.
create function results.name_added() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into results.exposure_names
    select x.tenant_key, 'host', x.host, x.asset_id from added x
    union
    select x.tenant_key, 'title', x.title, x.check_id from added x
    order by 1, 2, 3, 4
    on conflict do nothing;
    return null;
end
$$;
create function results.name_changed() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into results.exposure_names
    select n.tenant_key, n.kind, n.name, n.of_id
    from (
        (select x.tenant_key, 'host' as kind, x.host as name, x.asset_id as of_id from became x
         union
         select x.tenant_key, 'title', x.title, x.check_id from became x)
        except
        (select x.tenant_key, 'host', x.host, x.asset_id from was x
         union
         select x.tenant_key, 'title', x.title, x.check_id from was x)
    ) n
    order by 1, 2, 3, 4
    on conflict do nothing;
    return null;
end
$$;
create trigger name_added after insert on results.exposures
    referencing new table as added for each statement execute function results.name_added();
create trigger name_changed after update on results.exposures
    referencing old table as was new table as became
    for each statement execute function results.name_changed();
revoke all on function results.name_added(), results.name_changed() from public;
grant execute on function results.name_added(), results.name_changed() to wt_results;

-- backfill {
insert into results.exposure_names
    select distinct tenant_key, 'host', host, asset_id from results.exposures
    union
    select distinct tenant_key, 'title', title, check_id from results.exposures;
-- }
