-- What the first page of a filter still read by the ten thousands (docs/decisions/0029).

-- A host's exposures by how bad they are: of many hosts only the worst are looked at. By host first
-- still: whoever asks for an asset's exposures has its hosts.
create index exposures_by_host_rank on results.exposures
    (tenant_key, host, severity_rank desc, asset_id);
drop index results.exposures_by_host;

-- The exposures that bear a tag, or did.
create table results.exposure_tags (
    tenant_key text not null,
    tag        text not null,
    key        text not null,
    constraint exposure_tags_pk primary key (tenant_key, tag, key)
);
call platform.isolate('results.exposure_tags');
grant select, insert on results.exposure_tags to wt_results;

-- For each row, because only what names its tags may be asked: a scan that writes ten thousand
-- exposures names none. Runs as who writes.
create function results.tags_written() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    insert into results.exposure_tags
    select distinct new.tenant_key, t.tag, new.key from unnest(new.tags) as t (tag)
    order by 1, 2, 3
    on conflict do nothing;
    return null;
end
$$;
revoke all on function results.tags_written() from public;
grant execute on function results.tags_written() to wt_results;
create trigger tags_added after insert on results.exposures
    for each row when (new.tags <> '{}') execute function results.tags_written();
create trigger tags_changed after update of tags on results.exposures
    for each row when (new.tags <> '{}' and new.tags is distinct from old.tags)
    execute function results.tags_written();

-- Exposures of the organization whose question it is, in which this text may have been seen: its last
-- word begins one of theirs, every word before it is one, and so is the last where a sign ends it.
-- A word that is whole is found where it is; of one that begins another, everything that does is
-- collected first.
create or replace function results.find_texts(p_tenant text, p_text text, p_most bigint)
returns table (key text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
declare
    v_parts text[] := regexp_split_to_array(lower(p_text), '[^[:alnum:]]+');
    v_mark  text := left(md5(p_tenant), 8) || ':';
    v_asked tsquery := (
        select string_agg(quote_literal(v_mark || left(w, 100))
                          || case when n = cardinality(v_parts) then ':*' else '' end, ' & ')
        from unnest(v_parts) with ordinality as p (w, n) where w <> '')::tsquery;
begin
    if p_tenant is distinct from platform.current_tenant() then
        raise exception 'another organization''s words' using errcode = '42501';
    end if;
    return query
        select t.key
        from (select x.tenant_key, x.key from results.exposure_texts x
              where x.words @@ v_asked offset 0) t
        where t.tenant_key = p_tenant
        limit p_most;
end
$$;

-- backfill {
insert into results.exposure_tags
select distinct x.tenant_key, t.tag, x.key
from results.exposures x, unnest(x.tags) as t (tag)
where x.tags <> '{}';
-- }
