-- Mails to one person about themselves: an invitation, a password reset, a new sign-in. No
-- setting of an organization holds them back. A link inside may be a secret, hence the bodies are
-- emptied as soon as the letter is sent or given up.
create table notify.letters (
    tenant_key      text        not null,
    -- The id of the message that asked for it.
    id              text        not null,
    kind            text        not null,
    recipient       text        not null,
    subject         text        not null,
    body_text       text        not null,
    body_html       text        not null,
    expires_at      timestamptz,
    state           text        not null default 'pending' check (state in ('pending', 'sent', 'failed')),
    attempts        integer     not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_error      text        not null default '',
    created_at      timestamptz not null default now(),
    sent_at         timestamptz,
    primary key (tenant_key, id),
    check ((state = 'sent') = (sent_at is not null)),
    constraint no_secret_after_the_end check (state = 'pending' or (body_text = '' and body_html = ''))
);
create index letters_due on notify.letters (next_attempt_at) where state = 'pending';

call platform.isolate('notify.letters');
grant select, insert, update on notify.letters to wt_notify;

-- Hands out letters to send for a while, whoever's they are. Returns keys only.
create function notify.claim_letters(p_limit integer, p_lease interval)
returns table (tenant_key text, id text)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with due as (
        select l.tenant_key, l.id from notify.letters l
        where l.state = 'pending' and l.next_attempt_at <= now()
        order by l.next_attempt_at
        limit least(p_limit, 100)
        for update skip locked
    )
    update notify.letters l
    set next_attempt_at = now() + p_lease, attempts = l.attempts + 1
    from due where l.tenant_key = due.tenant_key and l.id = due.id
    returning l.tenant_key, l.id
$$;
revoke all on function notify.claim_letters(integer, interval) from public;
grant execute on function notify.claim_letters(integer, interval) to wt_notify;
