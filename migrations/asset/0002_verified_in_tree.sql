-- The plan's number of verified assets is counted over the payer's whole tree, which the tenant
-- service knows: each proof remembers who paid when it was recorded. Organizations never move
-- between trees. A proof from before this counts for its own organization; it lasts 30 days.
alter table asset.authorizations add column root_tenant_key text;
create index authorizations_live_of_root
    on asset.authorizations ((coalesce(root_tenant_key, tenant_key))) where revoked_at is null;

-- How many assets of a payer's tree have a live proof: a number, nothing about whose.
create function asset.count_verified(p_root text)
returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select count(*)
    from asset.authorizations a
    where coalesce(a.root_tenant_key, a.tenant_key) = p_root
      and a.revoked_at is null and a.expires_at > now()
$$;

-- The same, with the number held until the end of the transaction: of two that want the last place
-- at once, the second counts the first.
create function asset.hold_verified(p_root text)
returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('asset.verified ' || p_root, 0));
    return asset.count_verified(p_root);
end
$$;
revoke all on function asset.count_verified(text), asset.hold_verified(text) from public;
grant execute on function asset.count_verified(text), asset.hold_verified(text)
    to wt_asset_registry;
