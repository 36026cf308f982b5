-- An organization that enforces single sign-on means everybody below it too.

-- Whether a person is a member of an organization below this one. Their own membership there is in
-- another organization than the transaction's, hence across tenants.
create function tenant.member_below(p_user_id text, p_tenant_key text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive up as (
        select o.parent_tenant_key as tenant_key, 1 as steps
        from tenant.members m
        join tenant.organizations o on o.tenant_key = m.tenant_key
        where m.user_id = p_user_id and m.suspended_at is null
        union
        select o.parent_tenant_key, up.steps + 1
        from up
        join tenant.organizations o on o.tenant_key = up.tenant_key
        where up.steps < 32
    )
    select exists (select from up where up.tenant_key = p_tenant_key)
$$;

-- Whether a person has to use single sign-on: a member of an organization that enforces it for the
-- domain of their address, or of one below it. Owners of the enforcing organization itself keep
-- their password, so that a provider that is away locks nobody out for good.
create or replace function tenant.sso_is_enforced(p_user_id text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select
        from tenant.users u
        join tenant.sso_domains d on d.domain = lower(split_part(u.email, '@', 2)) and d.verified_at is not null
        join tenant.sso_connections c on c.tenant_key = d.tenant_key and c.id = d.connection_id
        left join tenant.members m on m.tenant_key = c.tenant_key and m.user_id = u.id
            and m.suspended_at is null
        where u.id = p_user_id and c.enabled and c.enforced
          and m.role is distinct from 'owner'
          and (m.role is not null or tenant.member_below(u.id, c.tenant_key))
    )
$$;

revoke all on function tenant.member_below(text, text) from public;
grant execute on function tenant.member_below(text, text) to wt_tenant;
