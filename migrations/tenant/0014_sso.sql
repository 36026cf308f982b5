-- Single sign-on: connections to OpenID Connect providers, proven domains, whom they know.
create table tenant.sso_connections (
    tenant_key    text        not null references tenant.organizations (tenant_key),
    id            text        not null,
    name          text        not null check (char_length(name) between 1 and 120),
    issuer        text        not null,
    client_id     text        not null,
    -- Sealed (libs/platform/seal); null for a public client.
    client_secret bytea,
    role_claim    text        not null default '',
    role_map      jsonb       not null default '{}',
    default_role  text        not null check (default_role in ('', 'admin', 'operator', 'viewer', 'auditor')),
    enforced      boolean     not null default false,
    just_in_time  boolean     not null default false,
    enabled       boolean     not null default true,
    created_at    timestamptz not null default now(),
    primary key (tenant_key, id)
);
create unique index sso_connection_id on tenant.sso_connections (id);

create table tenant.sso_domains (
    tenant_key    text        not null,
    connection_id text        not null,
    domain        text        not null check (domain = lower(domain)),
    token         text        not null,
    verified_at   timestamptz,
    primary key (tenant_key, connection_id, domain),
    foreign key (tenant_key, connection_id) references tenant.sso_connections (tenant_key, id) on delete cascade
);
-- A domain leads to one connection of the whole installation.
create unique index sso_domain_once on tenant.sso_domains (domain) where verified_at is not null;

-- Who a provider's subject is.
create table tenant.sso_identities (
    tenant_key    text        not null,
    connection_id text        not null,
    subject       text        not null,
    user_id       text        not null references tenant.users (id),
    created_at    timestamptz not null default now(),
    last_used_at  timestamptz not null default now(),
    primary key (tenant_key, connection_id, subject),
    foreign key (tenant_key, connection_id) references tenant.sso_connections (tenant_key, id) on delete cascade
);
create unique index sso_identity_of_user on tenant.sso_identities (tenant_key, connection_id, user_id);

-- A sign-in under way: used once, by the browser that began it. Belongs to nobody yet.
create table tenant.sso_attempts (
    -- SHA-256 of the state and of the browser's secret.
    state_hash    bytea       primary key,
    browser_hash  bytea       not null,
    organization  text        not null,
    connection_id text        not null,
    return_to     text        not null,
    expires_at    timestamptz not null
);
create index sso_attempts_expired on tenant.sso_attempts (expires_at);

call platform.isolate('tenant.sso_connections');
call platform.isolate('tenant.sso_domains');
call platform.isolate('tenant.sso_identities');
grant select, insert, update, delete on
    tenant.sso_connections, tenant.sso_domains, tenant.sso_identities to wt_tenant;
grant select, insert, delete on tenant.sso_attempts to wt_tenant;

-- Where somebody with an address of this domain signs in (before an organization is known).
create function tenant.sso_of_domain(p_domain text)
returns table (tenant_key text, connection_id text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select d.tenant_key, d.connection_id
    from tenant.sso_domains d
    join tenant.sso_connections c on c.tenant_key = d.tenant_key and c.id = d.connection_id
    where d.domain = p_domain and d.verified_at is not null and c.enabled
$$;
-- Whose an enabled connection is.
create function tenant.sso_owner(p_connection_id text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select c.tenant_key from tenant.sso_connections c where c.id = p_connection_id and c.enabled
$$;
-- Whether a person has to use single sign-on: a member, and no owner, of an organization that
-- enforces it for the domain of their address. Owners keep their password, so that a provider
-- that is away locks nobody out for good.
create function tenant.sso_is_enforced(p_user_id text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select
        from tenant.users u
        join tenant.sso_domains d on d.domain = lower(split_part(u.email, '@', 2)) and d.verified_at is not null
        join tenant.sso_connections c on c.tenant_key = d.tenant_key and c.id = d.connection_id
        join tenant.members m on m.tenant_key = c.tenant_key and m.user_id = u.id
        where u.id = p_user_id and c.enabled and c.enforced and m.role <> 'owner'
          and m.suspended_at is null
    )
$$;
revoke all on function
    tenant.sso_of_domain(text), tenant.sso_owner(text), tenant.sso_is_enforced(text) from public;
grant execute on function
    tenant.sso_of_domain(text), tenant.sso_owner(text), tenant.sso_is_enforced(text) to wt_tenant;
