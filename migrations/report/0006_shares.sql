-- Reports shown to whoever has a link, for some days (docs/guides/reports.md).
create table report.shares (
    tenant_key     text        not null,
    id             text        not null,
    report_id      text        not null,
    -- Of the token in the link, in hexadecimal: who reads this table opens nothing with it.
    token_sha256   text        not null,
    created_by     text        not null,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    revoked_at     timestamptz,
    opened         bigint      not null default 0,
    last_opened_at timestamptz,
    -- When an opening was last put on the audit record: a link that is passed around must not flood it.
    recorded_at    timestamptz,
    constraint shares_pk primary key (tenant_key, id),
    constraint shares_token unique (token_sha256),
    constraint shares_end check (expires_at > created_at and expires_at <= created_at + interval '31 days')
);
create index shares_of_report on report.shares (tenant_key, report_id, created_at desc);
call platform.isolate('report.shares');
grant select, insert, update on report.shares to wt_ai_report;

-- Which share a token opens: for everybody who has the token, and one row at most. What was revoked
-- or has ended is not told from what never was.
create function report.shared(p_token_sha256 text)
returns table (tenant_key text, id text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.tenant_key, s.id from report.shares s
    where s.token_sha256 = p_token_sha256 and s.revoked_at is null and s.expires_at > now()
$$;
revoke all on function report.shared(text) from public;
grant execute on function report.shared(text) to wt_ai_report;
