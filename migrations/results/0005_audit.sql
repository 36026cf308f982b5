-- Every service's audit records in one hash chain for each organization (docs/contracts/audit.md).

-- One row per organization; its lock orders appends.
create table results.audit_trees (
    tenant_key text    not null,
    size       bigint  not null,
    -- Roots of the full subtrees, largest first.
    peaks      bytea[] not null,
    -- JSON of the newest signed head.
    head       text    not null default '',
    constraint audit_trees_pk primary key (tenant_key)
);
call platform.isolate('results.audit_trees');
grant select, insert, update on results.audit_trees to wt_results;

create table results.audit_entries (
    tenant_key text        not null,
    index      bigint      not null,
    -- `evt_…` of the news it came by: the same news is never a second entry.
    id         text        not null,
    at         timestamptz not null,
    actor      text        not null,
    acting_as  text        not null,
    action     text        not null,
    object     text        not null,
    -- Canonical JSON of the entry, whose hash is the leaf. The columns above only find it.
    body       text        not null,
    hash       bytea       not null,
    constraint audit_entries_pk primary key (tenant_key, index),
    constraint audit_entry_once unique (tenant_key, id)
);
create index audit_entries_by_actor  on results.audit_entries (tenant_key, actor, index);
create index audit_entries_by_object on results.audit_entries (tenant_key, object, index);
call platform.isolate('results.audit_entries');
-- Append only: nobody who logs in may do more.
grant select, insert on results.audit_entries to wt_results;

-- And no owner either: what a slip in a later migration or an operator's console would change is
-- refused as well. Who goes as far as to remove this trigger is found by the chain itself.
create function results.audit_is_append_only() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'audit entries are appended and never changed' using errcode = '42501';
end
$$;
create trigger audit_entries_append_only
    before update or delete or truncate on results.audit_entries
    for each statement execute function results.audit_is_append_only();
create function results.audit_trees_grow() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'an audit chain is never removed' using errcode = '42501';
    end if;
    if new.size < old.size or new.tenant_key <> old.tenant_key then
        raise exception 'an audit chain only grows' using errcode = '42501';
    end if;
    return new;
end
$$;
create trigger audit_trees_grow before update or delete on results.audit_trees
    for each row execute function results.audit_trees_grow();
create trigger audit_trees_stay before truncate on results.audit_trees
    for each statement execute function results.audit_is_append_only();
