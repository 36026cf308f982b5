-- Organizations that show their tree heads to everybody (docs/guides/transparency.md).

create table results.transparency (
    tenant_key text        not null,
    -- In the public address: unguessable, or chosen.
    name       text        not null,
    -- What the page calls the organization; empty: nothing.
    label      text        not null,
    since      timestamptz not null default now(),
    constraint transparency_pk primary key (tenant_key),
    constraint transparency_name unique (name),
    constraint transparency_name_plain check (name ~ '^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$'),
    constraint transparency_label_short check (char_length(label) <= 80)
);
call platform.isolate('results.transparency');
grant select, insert, update, delete on results.transparency to wt_results;

-- Whose page a public name is: for everybody who knows the name, and one row at most.
create function results.transparent(p_name text)
returns table (tenant_key text, label text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select t.tenant_key, t.label from results.transparency t where t.name = p_name
$$;
revoke all on function results.transparent(text) from public;
grant execute on function results.transparent(text) to wt_results;
