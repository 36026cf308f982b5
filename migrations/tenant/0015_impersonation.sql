-- Platform staff, and their looking with a person's eyes (RFC 8693 `act`). Like people and their
-- sign-ins these rows belong to no organization: they are reached by id or by a session. What was
-- done stands in the organization's own audit log.

create table tenant.platform_admins (
    user_id    text        primary key references tenant.users (id),
    granted_at timestamptz not null default now(),
    revoked_at timestamptz
);

create table tenant.impersonations (
    id           text        primary key,
    user_id      text        not null references tenant.users (id),
    organization text        not null references tenant.organizations (tenant_key),
    actor        text        not null references tenant.users (id),
    reason       text        not null check (char_length(reason) between 10 and 500),
    -- The sign-in that was made for it.
    session_id   text        not null unique references tenant.sessions (id),
    -- The sign-in it was asked with: a browser's cookie means the person while this lives, and it
    -- ends with it.
    from_session text        not null references tenant.sessions (id),
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    elevated_at  timestamptz,
    elevated_by  text        references tenant.users (id),
    ended_at     timestamptz,
    ended_by     text,
    -- What the service checks, once more where no code path gets around it.
    check (actor <> user_id),
    check (elevated_by <> actor),
    check ((elevated_at is null) = (elevated_by is null)),
    check (expires_at <= created_at + interval '30 minutes')
);
create index impersonations_from on tenant.impersonations (from_session) where ended_at is null;
create index impersonations_newest on tenant.impersonations (created_at desc);

grant select, insert, update on tenant.platform_admins, tenant.impersonations to wt_tenant;

-- What lives now: its own sign-in and the one it was asked with are good, and who looks is still
-- of the platform's staff.
create view tenant.live_impersonations with (security_invoker = true) as
    select i.id, i.session_id, i.from_session, i.actor, i.elevated_at is not null as elevated,
           t.user_id, t.organization, t.expires_at
    from tenant.impersonations i
    join tenant.sessions t on t.id = i.session_id
    join tenant.sessions f on f.id = i.from_session
    join tenant.users a on a.id = i.actor
    join tenant.platform_admins p on p.user_id = i.actor
    where i.ended_at is null and p.revoked_at is null and a.disabled_at is null
      and t.revoked_at is null and t.expires_at > now()
      and f.revoked_at is null and f.expires_at > now();
grant select on tenant.live_impersonations to wt_tenant;

-- Impersonations as staff see them, with the organization's name: one by its id, or the newest.
create function tenant.impersonations_seen(p_id text, p_limit integer)
returns table (id text, user_id text, email text, display_name text, tenant_key text,
               organization text, actor text, actor_name text, reason text,
               created_at timestamptz, expires_at timestamptz, elevated_by text, session_id text,
               live boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select i.id, i.user_id, u.email, u.display_name, i.organization, o.name, i.actor,
           a.display_name, i.reason, i.created_at, i.expires_at, i.elevated_by, i.session_id,
           exists (select from tenant.live_impersonations l where l.id = i.id)
    from tenant.impersonations i
    join tenant.users u on u.id = i.user_id
    join tenant.users a on a.id = i.actor
    join tenant.organizations o on o.tenant_key = i.organization
    where p_id is null or i.id = p_id
    order by 14 desc, i.created_at desc, i.id
    limit p_limit
$$;

-- People and where they are members, for staff who were asked for help: by a whole address, an
-- id, or the beginning of an organization's name.
create function tenant.find_people(p_words text, p_limit integer)
returns table (user_id text, email text, display_name text, tenant_key text, organization text,
               role text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select u.id, u.email, u.display_name, o.tenant_key, o.name, m.role
    from tenant.members m
    join tenant.users u on u.id = m.user_id
    join tenant.organizations o on o.tenant_key = m.tenant_key
    where m.suspended_at is null and u.disabled_at is null
      and (lower(u.email) = lower(p_words) or u.id = p_words or o.tenant_key = p_words
           or (char_length(p_words) >= 3 and starts_with(lower(o.name), lower(p_words))))
    order by lower(o.name), o.tenant_key, lower(u.email)
    limit p_limit
$$;

revoke all on function tenant.impersonations_seen(text, integer),
    tenant.find_people(text, integer) from public;
grant execute on function tenant.impersonations_seen(text, integer),
    tenant.find_people(text, integer) to wt_tenant;
