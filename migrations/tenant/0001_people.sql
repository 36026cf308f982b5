-- Organizations form trees; people are members of organizations (contracts §1, §10).
create table tenant.organizations (
    tenant_key        text        primary key,
    parent_tenant_key text        references tenant.organizations (tenant_key),
    name              text        not null check (char_length(name) between 1 and 120),
    created_by        text        not null,
    created_at        timestamptz not null default now(),
    check (parent_tenant_key is distinct from tenant_key)
);
create index organizations_children on tenant.organizations (parent_tenant_key);

-- People exist outside every organization: they may belong to several.
create table tenant.users (
    id            text        primary key,
    email         text        not null,
    display_name  text        not null check (char_length(display_name) between 1 and 120),
    -- PHC string (argon2id).
    password_hash text        not null,
    created_at    timestamptz not null default now(),
    disabled_at   timestamptz
);
create unique index user_email_once on tenant.users (lower(email));

create table tenant.members (
    tenant_key text        not null references tenant.organizations (tenant_key),
    user_id    text        not null references tenant.users (id),
    role       text        not null check (role in ('owner', 'admin', 'operator', 'viewer', 'auditor')),
    joined_at  timestamptz not null default now(),
    primary key (tenant_key, user_id)
);
create index members_of_user on tenant.members (user_id);

-- A sign-in. Belongs to a person; the organization they look at may change.
create table tenant.sessions (
    id           text        primary key,
    user_id      text        not null references tenant.users (id),
    mode         text        not null check (mode in ('bearer', 'cookie')),
    organization text        not null references tenant.organizations (tenant_key),
    -- SHA-256 of the browser's secret; null for bearer sessions.
    secret_hash  bytea       unique,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    revoked_reason text      not null default '',
    ip           text        not null default '',
    user_agent   text        not null default '',
    check ((mode = 'cookie') = (secret_hash is not null))
);
create index sessions_of_user on tenant.sessions (user_id) where revoked_at is null;

-- Refresh tokens rotate; a family is one session.
create table tenant.refresh_tokens (
    -- SHA-256 of the token.
    token_hash bytea       primary key,
    session_id text        not null references tenant.sessions (id),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index refresh_tokens_of_session on tenant.refresh_tokens (session_id);

-- Every organization a person reaches, with the role that reaches down to it from the nearest
-- membership at or above it. Needed before an organization is chosen, hence across tenants.
create function tenant.access_of(p_user_id text)
returns table (tenant_key text, parent_tenant_key text, name text, role text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive reach as (
        select o.tenant_key, o.parent_tenant_key, o.name, m.role, 0 as distance
        from tenant.members m
        join tenant.organizations o on o.tenant_key = m.tenant_key
        where m.user_id = p_user_id
        union all
        select child.tenant_key, child.parent_tenant_key, child.name, reach.role, reach.distance + 1
        from reach
        join tenant.organizations child on child.parent_tenant_key = reach.tenant_key
        where reach.distance < 32
    )
    select distinct on (r.tenant_key) r.tenant_key, r.parent_tenant_key, r.name, r.role
    from reach r
    order by r.tenant_key, r.distance
$$;

-- An organization and everything below it, depth first; the caller checks that it may be read.
create function tenant.subtree(p_tenant_key text)
returns table (tenant_key text, parent_tenant_key text, name text, depth integer, members bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive tree as (
        select o.tenant_key, o.parent_tenant_key, o.name, 0 as depth, array[o.name, o.tenant_key] as path
        from tenant.organizations o
        where o.tenant_key = p_tenant_key
        union all
        select child.tenant_key, child.parent_tenant_key, child.name, tree.depth + 1,
               tree.path || array[child.name, child.tenant_key]
        from tree
        join tenant.organizations child on child.parent_tenant_key = tree.tenant_key
        where tree.depth < 32
    )
    select t.tenant_key, t.parent_tenant_key, t.name, t.depth,
           (select count(*) from tenant.members m where m.tenant_key = t.tenant_key)
    from tree t
    order by t.path
$$;

call platform.isolate('tenant.organizations');
call platform.isolate('tenant.members');
grant select, insert, update on tenant.organizations, tenant.members to wt_tenant;
-- People and their sign-ins belong to no organization: reached by id or by the hash of a secret.
grant select, insert, update on tenant.users, tenant.sessions, tenant.refresh_tokens to wt_tenant;
revoke all on function tenant.access_of(text), tenant.subtree(text) from public;
grant execute on function tenant.access_of(text), tenant.subtree(text) to wt_tenant;
call platform.give_outbox('tenant', 'wt_tenant');
