-- What people and programs prove themselves with (contracts §10, promises rule 13).
-- Secrets are stored as SHA-256 of long random text, as argon2id hashes, or sealed.

-- A mail to the address was answered; an address that changes is verified again.
alter table tenant.users
    add column email_verified_at   timestamptz,
    add column password_changed_at timestamptz not null default now();

-- When a sign-in was last used, to the minute: idle ones end by themselves.
alter table tenant.sessions
    add column last_seen_at timestamptz not null default now(),
    add column method       text        not null default 'password'
        check (method in ('password', 'passkey', 'device', 'sso', 'impersonation'));

-- Links in mails: single use, short-lived, the newest of its purpose counts.
create table tenant.mail_links (
    token_hash bytea       primary key,
    user_id    text        not null references tenant.users (id),
    purpose    text        not null check (purpose in ('verify_email', 'reset_password')),
    -- The address the link was sent to: it proves nothing about another one.
    email      text        not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index mail_links_of_user on tenant.mail_links (user_id, purpose, created_at);

-- Between two steps of signing in: a second factor, a passkey's ceremony.
create table tenant.challenges (
    token_hash bytea       primary key,
    purpose    text        not null
        check (purpose in ('mfa', 'passkey_registration', 'passkey_sign_in')),
    -- None where the passkey itself says who signs in.
    user_id    text        references tenant.users (id),
    method     text        not null default 'password',
    -- The ceremony's state; no secret.
    state      jsonb,
    attempts   integer     not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);

-- One authenticator app a person; the seed is sealed for its owner.
create table tenant.totp (
    user_id        text        primary key references tenant.users (id),
    seed           bytea       not null,
    created_at     timestamptz not null default now(),
    confirmed_at   timestamptz,
    -- The last 30 s step a code was taken for: each works once (RFC 6238 §5.2).
    last_step      bigint      not null default 0,
    failures       integer     not null default 0,
    failures_since timestamptz not null default now()
);

create table tenant.recovery_codes (
    user_id    text        not null references tenant.users (id),
    code_hash  bytea       not null,
    created_at timestamptz not null default now(),
    used_at    timestamptz,
    primary key (user_id, code_hash)
);

-- Passkeys; the credential holds a public key and its signature counter.
create table tenant.passkeys (
    id            text        primary key,
    user_id       text        not null references tenant.users (id),
    credential_id bytea       not null unique,
    name          text        not null check (char_length(name) between 1 and 120),
    credential    jsonb       not null,
    created_at    timestamptz not null default now(),
    last_used_at  timestamptz
);
create index passkeys_of_user on tenant.passkeys (user_id, created_at);

-- A program that waits for a person to let it in (RFC 8628).
create table tenant.device_codes (
    device_hash  bytea       primary key,
    user_code    text        not null,
    client_name  text        not null,
    ip           text        not null default '',
    user_agent   text        not null default '',
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    polled_at    timestamptz,
    -- Answered by this person, in this organization; both or neither.
    user_id      text        references tenant.users (id),
    organization text        references tenant.organizations (tenant_key),
    decision     text        check (decision in ('approved', 'denied')),
    used_at      timestamptz
);
create unique index device_user_code_once on tenant.device_codes (user_code) where decision is null;

-- Keys that sign access tokens: published before they sign, and until their tokens are over.
create table tenant.signing_keys (
    kid           text        primary key,
    public_key    bytea       not null check (octet_length(public_key) = 32),
    -- PKCS#8, sealed.
    private_key   bytea       not null,
    created_at    timestamptz not null default now(),
    signs_from    timestamptz not null,
    signs_until   timestamptz not null,
    published_until timestamptz not null,
    check (created_at <= signs_from and signs_from < signs_until and signs_until < published_until)
);

-- Keys of an organization's programs. What a key may do is what its maker may do, at most its scopes.
create table tenant.api_keys (
    tenant_key    text        not null references tenant.organizations (tenant_key),
    id            text        not null,
    name          text        not null check (char_length(name) between 1 and 120),
    -- What people recognise it by: the beginning of the key.
    prefix        text        not null,
    secret_hash   bytea       not null unique,
    -- The one before a rotation, until the overlap ends.
    old_hash      bytea       unique,
    old_prefix    text,
    old_until     timestamptz,
    scopes        text[]      not null check (cardinality(scopes) between 1 and 64),
    created_by    text        not null references tenant.users (id),
    created_at    timestamptz not null default now(),
    rotated_at    timestamptz,
    expires_at    timestamptz,
    -- To the minute.
    last_used_at  timestamptz,
    last_used_ip  text        not null default '',
    revoked_at    timestamptz,
    revoked_by    text,
    primary key (tenant_key, id),
    check ((old_hash is null) = (old_until is null))
);
call platform.isolate('tenant.api_keys');

-- The live key of a hash, and its organization: needed before an organization is known.
create function tenant.use_api_key(p_hash bytea, p_ip text)
returns table (tenant_key text, id text, created_by text, scopes text[])
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with live as (
        select k.tenant_key, k.id, k.created_by, k.scopes, k.last_used_at
        from tenant.api_keys k
        where (k.secret_hash = p_hash or (k.old_hash = p_hash and k.old_until > now()))
          and k.revoked_at is null
          and (k.expires_at is null or k.expires_at > now())
    ), seen as (
        update tenant.api_keys k set last_used_at = now(), last_used_ip = p_ip
        from live l
        where k.tenant_key = l.tenant_key and k.id = l.id
          and (l.last_used_at is null or l.last_used_at < now() - interval '1 minute')
    )
    select l.tenant_key, l.id, l.created_by, l.scopes from live l
$$;

grant select, insert, update on tenant.api_keys, tenant.signing_keys to wt_tenant;
-- What has expired is swept away when the next one is made.
-- What a person removes is gone, not marked.
grant select, insert, update, delete on tenant.mail_links, tenant.challenges, tenant.device_codes,
    tenant.totp, tenant.recovery_codes, tenant.passkeys
    to wt_tenant;
revoke all on function tenant.use_api_key(bytea, text) from public;
grant execute on function tenant.use_api_key(bytea, text) to wt_tenant;
