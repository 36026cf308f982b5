-- What an organization owns, and the proofs of it (contracts §1).
create table asset.assets (
    tenant_key  text        not null,
    id          text        not null,
    kind        text        not null check (kind in ('domain', 'ip', 'cidr')),
    -- Normalised text; see wt_scope::normalise_asset.
    value       text        not null,
    tags        text[]      not null default '{}',
    created_by  text        not null,
    created_at  timestamptz not null default now(),
    archived_at timestamptz,
    primary key (tenant_key, id)
);
-- One organization registers a thing once; another may too: ownership is proven, not claimed.
create unique index asset_once_per_org on asset.assets (tenant_key, value) where archived_at is null;
create index assets_page on asset.assets (tenant_key, created_at desc, id desc) where archived_at is null;

create table asset.authorizations (
    tenant_key     text        not null,
    id             text        not null,
    asset_id       text        not null,
    method         text        not null check (method in ('dns_txt', 'http_file', 'attestation')),
    -- The proof as it was seen, and who saw it.
    proof          text        not null,
    vantages       text[]      not null,
    verified_by    text        not null,
    verified_at    timestamptz not null,
    expires_at     timestamptz not null,
    revoked_at     timestamptz,
    revoked_reason text        not null default '',
    primary key (tenant_key, id),
    foreign key (tenant_key, asset_id) references asset.assets (tenant_key, id)
);
create unique index authorization_live_once on asset.authorizations (tenant_key, asset_id) where revoked_at is null;
create index authorizations_expiry on asset.authorizations (expires_at) where revoked_at is null;
create index authorizations_page on asset.authorizations (tenant_key, verified_at desc, id desc);

create table asset.challenges (
    tenant_key      text        not null,
    asset_id        text        not null,
    method          text        not null check (method in ('dns_txt', 'http_file')),
    token           text        not null,
    created_by      text        not null,
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null,
    last_checked_at timestamptz,
    -- What each vantage point saw at the last check.
    findings        jsonb       not null default '[]',
    primary key (tenant_key, asset_id),
    foreign key (tenant_key, asset_id) references asset.assets (tenant_key, id)
);

call platform.isolate('asset.assets');
call platform.isolate('asset.authorizations');
call platform.isolate('asset.challenges');
grant select, insert, update on asset.assets, asset.authorizations, asset.challenges to wt_asset_registry;
call platform.give_outbox('asset', 'wt_asset_registry');

-- Which organizations have an authorization to end: keys only, for the reconciler.
create function asset.tenants_with_expired_authorizations(p_limit integer)
returns table (tenant_key text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select distinct a.tenant_key
    from asset.authorizations a
    where a.revoked_at is null and a.expires_at <= now()
    limit least(p_limit, 1000)
$$;
revoke all on function asset.tenants_with_expired_authorizations(integer) from public;
grant execute on function asset.tenants_with_expired_authorizations(integer) to wt_asset_registry;
