-- An organization and those above it, the nearest first: what is set up above holds below, such as
-- a private pool of scanners.
create function tenant.above(p_tenant_key text)
returns table (tenant_key text, steps integer)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive up as (
        select o.tenant_key, o.parent_tenant_key, 0 as steps
        from tenant.organizations o
        where o.tenant_key = p_tenant_key
        union all
        select o.tenant_key, o.parent_tenant_key, up.steps + 1
        from up
        join tenant.organizations o on o.tenant_key = up.parent_tenant_key
        where up.steps < 64
    )
    select u.tenant_key, u.steps from up u order by u.steps
$$;
revoke all on function tenant.above(text) from public;
grant execute on function tenant.above(text) to wt_tenant;
