-- The hosts of an organization, two dozen in a row: most of what it costs to look for a word in 20,000
-- names is to be handed 20,000 rows (docs/decisions/0029).

create table results.exposure_name_pages (
    tenant_key text   not null,
    page       bigint not null,
    -- A line each.
    hosts      text   not null,
    -- Of the host in the same place.
    assets     text[] not null,
    constraint exposure_name_pages_pk primary key (tenant_key, page)
);
create sequence results.exposure_name_page;
call platform.isolate('results.exposure_name_pages');
grant select on results.exposure_name_pages to wt_results;

-- Hosts that are in no page yet.
create table results.exposure_names_unpaged (
    tenant_key text not null,
    name       text not null,
    of_id      text not null,
    constraint exposure_names_unpaged_pk primary key (tenant_key, name, of_id)
);
call platform.isolate('results.exposure_names_unpaged');
grant select, insert on results.exposure_names_unpaged to wt_results;

-- Runs as who writes a name that was not there.
create function results.name_unpaged() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into results.exposure_names_unpaged
    select n.tenant_key, n.name, n.of_id from fresh n where n.kind = 'host'
    order by 1, 2, 3
    on conflict do nothing;
    return null;
end
$$;
create trigger name_unpaged after insert on results.exposure_names
    referencing new table as fresh for each statement execute function results.name_unpaged();

-- Puts up to so many hosts into pages; gives how many. What does not fill a page waits for more. Those
-- of one domain are next to each other, because that is what people ask for. The timer of the results
-- service asks (SECURITY DEFINER: no row is read by anybody); of two at once, the second finds the rest.
create function results.page_names(p_most bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_paged bigint;
begin
    perform pg_advisory_xact_lock(hashtextextended('results.page_names', 0));
    with taken as (
        select u.tenant_key, u.name, u.of_id
        from (select tenant_key from results.exposure_names_unpaged
              where strpos(name, E'\n') = 0
              group by tenant_key having count(*) >= 24) o
        join results.exposure_names_unpaged u on u.tenant_key = o.tenant_key
        where strpos(u.name, E'\n') = 0
        order by u.tenant_key
        limit p_most
    ), sorted as (
        select t.*, row_number() over (partition by tenant_key order by reverse(name), of_id) - 1 as nth
        from taken t
    ), paged as (
        insert into results.exposure_name_pages
        select s.tenant_key, nextval('results.exposure_name_page'),
               string_agg(s.name, E'\n' order by s.nth), array_agg(s.of_id order by s.nth)
        from sorted s
        group by s.tenant_key, s.nth / 24
        having count(*) = 24
        returning *
    ), gone as (
        delete from results.exposure_names_unpaged u
        using paged p, unnest(string_to_array(p.hosts, E'\n'), p.assets) h (name, of_id)
        where u.tenant_key = p.tenant_key and u.name = h.name and u.of_id = h.of_id
        returning u.name
    )
    select count(*) into v_paged from gone;
    return v_paged;
end
$$;
revoke all on function results.name_unpaged(), results.page_names(bigint) from public;
grant execute on function results.name_unpaged(), results.page_names(bigint) to wt_results;

-- backfill {
insert into results.exposure_names_unpaged
select n.tenant_key, n.name, n.of_id from results.exposure_names n where n.kind = 'host'
on conflict do nothing;
-- }
