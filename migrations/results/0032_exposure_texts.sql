-- Words of what was seen of an exposure – product, version, banner, names of a certificate – found by
-- an index (docs/decisions/0028).
--
-- A timer keeps it, from the events that tell of changes: an index entry for each word costs more
-- than all the rest of a finding, and nobody who writes a result shall wait for that.

create table results.exposure_texts (
    tenant_key text     not null,
    key        text     not null,
    -- Each with the organization's mark before it: row-level security keeps full-text search out of
    -- every index, and an index of all organizations would find what others have first.
    words      tsvector not null,
    constraint exposure_texts_pk primary key (tenant_key, key)
);
create index exposure_texts_by_word on results.exposure_texts using gin (words);
call platform.isolate('results.exposure_texts');

-- Up to which leaf of its ledger an organization's words are there.
create table results.texts_indexed (
    tenant_key text   not null,
    leaf_index bigint not null,
    constraint texts_indexed_pk primary key (tenant_key)
);
call platform.isolate('results.texts_indexed');

-- What was seen, in lower case: a list of values as JSON. A plain function, so that Postgres puts it
-- in the place of its call.
create function results.said(p_attributes jsonb) returns text language sql immutable parallel safe
as $$ select lower(jsonb_path_query_array(p_attributes, '$.*')::text) $$;

-- The words of a text as the index has them; of an endless one the beginning.
create function results.marked_words(p_tenant text, p_text text) returns text[]
language sql immutable parallel safe set search_path = pg_catalog, pg_temp
as $$
    select array(select distinct left(md5(p_tenant), 8) || ':' || left(w, 100)
                 from regexp_split_to_table(lower(p_text), '[^[:alnum:]]+') w where w <> '')
$$;

-- Takes up what up to so many leaves tell of; gives how many were looked at, 0 when nothing is left.
-- The timer of the results service asks (SECURITY DEFINER: no row is read by anybody). Who is taking
-- up an organization's leaves already is left alone.
create function results.index_texts(p_most bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text;
    v_size   bigint;
    v_from   bigint;
    v_to     bigint;
    v_done   bigint := 0;
begin
    for v_tenant, v_size in
        select t.tenant_key, t.size from results.trees t
        left join results.texts_indexed i on i.tenant_key = t.tenant_key
        where t.size > coalesce(i.leaf_index, 0)
        order by t.tenant_key
    loop
        exit when v_done >= p_most;
        insert into results.texts_indexed values (v_tenant, 0) on conflict do nothing;
        select i.leaf_index into v_from from results.texts_indexed i
        where i.tenant_key = v_tenant
        for update skip locked;
        continue when not found or v_from >= v_size;
        v_to := least(v_size, v_from + p_most - v_done);
        insert into results.exposure_texts as t
        select e.tenant_key, e.key,
               array_to_tsvector(results.marked_words(e.tenant_key, results.said(e.attributes)))
        from results.exposures e
        where e.tenant_key = v_tenant
          and e.key in (select v.key from results.events v
                        where v.tenant_key = v_tenant
                          and v.leaf_index >= v_from and v.leaf_index < v_to)
        on conflict on constraint exposure_texts_pk do update set words = excluded.words
        where t.words <> excluded.words;
        update results.texts_indexed i set leaf_index = v_to where i.tenant_key = v_tenant;
        v_done := v_done + v_to - v_from;
    end loop;
    return v_done;
end
$$;

-- Exposures of the organization whose question it is, in which every word of this text begins one that
-- was seen; at most so many. SECURITY DEFINER, because an index of words is used only without
-- row-level security; the organization is that of the session and no other.
create function results.find_texts(p_tenant text, p_text text, p_most bigint)
returns table (key text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
declare
    v_words text[] := results.marked_words(p_tenant, p_text);
    v_asked tsquery := (select string_agg(quote_literal(w) || ':*', ' & ') from unnest(v_words) w)::tsquery;
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
revoke all on function results.said(jsonb), results.marked_words(text, text),
    results.index_texts(bigint), results.find_texts(text, text, bigint) from public;
grant execute on function results.said(jsonb), results.marked_words(text, text),
    results.index_texts(bigint), results.find_texts(text, text, bigint) to wt_results;

-- backfill {
-- From the exposures: the events of the oldest may be gone.
insert into results.exposure_texts
select e.tenant_key, e.key,
       array_to_tsvector(results.marked_words(e.tenant_key, results.said(e.attributes)))
from results.exposures e;
insert into results.texts_indexed select tenant_key, size from results.trees;
-- }
