-- People in depth: an organization's own roles, teams with a part of the assets, invitations, and
-- memberships that can be suspended (contracts §10–11).

alter table tenant.organizations add column version bigint not null default 1;

alter table tenant.members
    drop constraint members_role_check,
    add constraint members_role_check
        check (role in ('owner', 'admin', 'operator', 'viewer', 'auditor', 'member')),
    add column version      bigint not null default 1,
    add column suspended_at timestamptz;
grant delete on tenant.members to wt_tenant;

-- Which organizations a sign-in got tokens for: who is put out of one loses the sign-ins that
-- looked at it, wherever they look now.
alter table tenant.sessions add column visited text[] not null default '{}';

-- An organization's own roles, from the same permission words as the built-in ones.
create table tenant.roles (
    tenant_key  text        not null references tenant.organizations (tenant_key),
    id          text        not null,
    name        text        not null check (char_length(name) between 1 and 120),
    permissions text[]      not null check (cardinality(permissions) <= 64),
    version     bigint      not null default 1,
    created_by  text        not null,
    created_at  timestamptz not null default now(),
    primary key (tenant_key, id)
);
create unique index role_name_once on tenant.roles (tenant_key, lower(name));

create table tenant.member_roles (
    tenant_key text not null,
    user_id    text not null,
    role_id    text not null,
    primary key (tenant_key, user_id, role_id),
    foreign key (tenant_key, user_id) references tenant.members (tenant_key, user_id) on delete cascade,
    foreign key (tenant_key, role_id) references tenant.roles (tenant_key, id)
);

create table tenant.teams (
    tenant_key  text        not null references tenant.organizations (tenant_key),
    id          text        not null,
    name        text        not null check (char_length(name) between 1 and 120),
    description text        not null default '' check (char_length(description) <= 500),
    version     bigint      not null default 1,
    created_by  text        not null,
    created_at  timestamptz not null default now(),
    primary key (tenant_key, id)
);
create unique index team_name_once on tenant.teams (tenant_key, lower(name));

create table tenant.team_members (
    tenant_key text        not null,
    team_id    text        not null,
    user_id    text        not null,
    added_at   timestamptz not null default now(),
    primary key (tenant_key, team_id, user_id),
    foreign key (tenant_key, team_id) references tenant.teams (tenant_key, id) on delete cascade,
    foreign key (tenant_key, user_id) references tenant.members (tenant_key, user_id) on delete cascade
);
create index team_members_of_user on tenant.team_members (tenant_key, user_id);

-- A role on the assets that bear a tag: built in, or the organization's own.
create table tenant.team_grants (
    tenant_key text not null,
    team_id    text not null,
    tag        text not null check (char_length(tag) between 1 and 64),
    role       text check (role in ('operator', 'viewer')),
    role_id    text,
    check ((role is null) <> (role_id is null)),
    foreign key (tenant_key, team_id) references tenant.teams (tenant_key, id) on delete cascade,
    foreign key (tenant_key, role_id) references tenant.roles (tenant_key, id)
);
create unique index team_grant_once on tenant.team_grants
    (tenant_key, team_id, tag, coalesce(role, role_id));

create table tenant.invitations (
    tenant_key  text        not null references tenant.organizations (tenant_key),
    id          text        not null,
    email       text        not null,
    role        text        not null
        check (role in ('owner', 'admin', 'operator', 'viewer', 'auditor', 'member')),
    -- SHA-256 of the secret in the mailed link; sending again makes another.
    token_hash  bytea       not null unique,
    invited_by  text        not null,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    accepted_at timestamptz,
    accepted_by text,
    revoked_at  timestamptz,
    primary key (tenant_key, id),
    check ((accepted_at is null) = (accepted_by is null)),
    check (accepted_at is null or revoked_at is null)
);
create unique index invitation_pending_once on tenant.invitations (tenant_key, lower(email))
    where accepted_at is null and revoked_at is null;
create index invitations_page on tenant.invitations (tenant_key, created_at desc, id desc);

call platform.isolate('tenant.roles');
call platform.isolate('tenant.member_roles');
call platform.isolate('tenant.teams');
call platform.isolate('tenant.team_members');
call platform.isolate('tenant.team_grants');
call platform.isolate('tenant.invitations');
grant select, insert, update, delete on tenant.roles, tenant.teams to wt_tenant;
grant select, insert, delete on tenant.member_roles, tenant.team_members, tenant.team_grants to wt_tenant;
grant select, insert, update on tenant.invitations to wt_tenant;

-- Every organization a person reaches, with what each membership at or above it gives: the
-- nearest first. Needed before an organization is chosen, hence across tenants. A suspended
-- membership gives nothing.
create function tenant.reach_of(p_user_id text)
returns table (tenant_key text, parent_tenant_key text, name text, memberships jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive own as (
        select m.tenant_key, jsonb_build_object(
            'tenant_key', m.tenant_key,
            'role', m.role,
            'roles', (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'id', r.id, 'name', r.name, 'permissions', r.permissions) order by r.id), '[]')
                from tenant.member_roles mr
                join tenant.roles r on r.tenant_key = mr.tenant_key and r.id = mr.role_id
                where mr.tenant_key = m.tenant_key and mr.user_id = m.user_id),
            'grants', (
                select coalesce(jsonb_agg(jsonb_build_object(
                    'team_id', t.id, 'team', t.name, 'tag', g.tag, 'role', g.role,
                    'own', r.name, 'permissions', r.permissions) order by t.id, g.tag), '[]')
                from tenant.team_members tm
                join tenant.teams t on t.tenant_key = tm.tenant_key and t.id = tm.team_id
                join tenant.team_grants g on g.tenant_key = t.tenant_key and g.team_id = t.id
                left join tenant.roles r on r.tenant_key = g.tenant_key and r.id = g.role_id
                where tm.tenant_key = m.tenant_key and tm.user_id = m.user_id)
        ) as gives
        from tenant.members m
        where m.user_id = p_user_id and m.suspended_at is null
    ), reach as (
        select o.tenant_key, o.parent_tenant_key, o.name, own.gives, o.name as giver, 0 as distance
        from own
        join tenant.organizations o on o.tenant_key = own.tenant_key
        union all
        select child.tenant_key, child.parent_tenant_key, child.name, reach.gives, reach.giver,
               reach.distance + 1
        from reach
        join tenant.organizations child on child.parent_tenant_key = reach.tenant_key
        where reach.distance < 32
    )
    select r.tenant_key, r.parent_tenant_key, r.name,
           jsonb_agg(r.gives || jsonb_build_object('organization', r.giver) order by r.distance)
    from reach r
    group by r.tenant_key, r.parent_tenant_key, r.name
$$;

-- Steps from an organization up to its root.
create function tenant.depth_of(p_tenant_key text)
returns integer
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive up as (
        select o.parent_tenant_key, 0 as depth
        from tenant.organizations o
        where o.tenant_key = p_tenant_key
        union all
        select o.parent_tenant_key, up.depth + 1
        from up
        join tenant.organizations o on o.tenant_key = up.parent_tenant_key
        where up.depth < 64
    )
    select coalesce(max(u.depth), 0) from up u
$$;

-- The teams of an organization and of everything below it; the caller checks that it may be read.
create function tenant.teams_below(p_tenant_key text)
returns table (tenant_key text, id text, name text, members bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select t.tenant_key, t.id, t.name,
           (select count(*) from tenant.team_members tm
            where tm.tenant_key = t.tenant_key and tm.team_id = t.id)
    from tenant.subtree(p_tenant_key) s
    join tenant.teams t on t.tenant_key = s.tenant_key
    order by t.tenant_key, lower(t.name)
$$;

-- Whose invitation a mailed secret is: keys only, read in that organization's own transaction.
create function tenant.invitation_of(p_token_hash bytea)
returns table (tenant_key text, id text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select i.tenant_key, i.id from tenant.invitations i where i.token_hash = p_token_hash
$$;

-- How many root organizations a person founded.
create function tenant.roots_founded(p_user_id text)
returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select count(*) from tenant.organizations o
    where o.created_by = p_user_id and o.parent_tenant_key is null
$$;

revoke all on function tenant.reach_of(text), tenant.depth_of(text), tenant.teams_below(text),
    tenant.invitation_of(bytea), tenant.roots_founded(text) from public;
grant execute on function tenant.reach_of(text), tenant.depth_of(text), tenant.teams_below(text),
    tenant.invitation_of(bytea), tenant.roots_founded(text) to wt_tenant;

-- What the version before this one still asks: a suspended membership reaches nothing there, too.
create or replace function tenant.access_of(p_user_id text)
returns table (tenant_key text, parent_tenant_key text, name text, role text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with recursive reach as (
        select o.tenant_key, o.parent_tenant_key, o.name, m.role, 0 as distance
        from tenant.members m
        join tenant.organizations o on o.tenant_key = m.tenant_key
        where m.user_id = p_user_id and m.suspended_at is null and m.role <> 'member'
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
