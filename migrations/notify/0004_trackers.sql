-- Issue trackers (GitHub, Jira) beside webhooks and chats, and which issue an exposure has there.
alter table notify.integrations drop constraint integrations_kind_check;
alter table notify.integrations add constraint integrations_kind_check
    check (kind in ('webhook', 'slack', 'github', 'jira'));

-- Webhooks sign with their secret; trackers are asked with theirs, a token.
alter table notify.integrations drop constraint integrations_check;
alter table notify.integrations add constraint integrations_secret_by_kind
    check ((secret is not null) = (kind in ('webhook', 'github', 'jira')));

-- Where a tracker's issues are made and how: project, labels, kind of issue, transitions.
alter table notify.integrations add column tracker jsonb;
alter table notify.integrations add constraint integrations_tracker_by_kind
    check ((tracker is not null) = (kind in ('github', 'jira')));

-- What went wrong at the last attempt, as a sentence that says what to do; empty once one arrived.
alter table notify.integrations add column failing text not null default '';

-- Of a message to a tracker: what is done there is done exposure by exposure, in order.
alter table notify.integration_deliveries add column exposure_key text;
create index integration_deliveries_exposure
    on notify.integration_deliveries (tenant_key, integration_id, exposure_key)
    where state = 'pending' and exposure_key is not null;

-- The issue an exposure has at a tracker. The row is there before the tracker is asked: it is what
-- makes sure that one exposure has one issue, however often the news comes.
create table notify.tickets (
    tenant_key     text        not null,
    integration_id text        not null,
    exposure_key   text        not null,
    -- claimed: to be made; failed: given up; gone: somebody deleted or moved it.
    state          text        not null default 'claimed' check (state in ('claimed', 'open', 'closed', 'failed', 'gone')),
    -- As the tracker calls it: 12, SEC-12. Empty until it is known.
    number         text        not null default '',
    url            text        not null default '',
    -- When the tracker was asked to make it without an answer we know of: looked for before it is asked again.
    asked_at       timestamptz,
    -- The newest event the issue tells of: an older one that comes late changes nothing.
    seen_at        timestamptz,
    -- Why there is none, as a sentence.
    error          text        not null default '',
    -- Who asked for it; empty where a rule did.
    asked_by       text        not null default '',
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    primary key (tenant_key, integration_id, exposure_key),
    foreign key (tenant_key, integration_id) references notify.integrations (tenant_key, id) on delete cascade,
    constraint ticket_named check (state in ('claimed', 'failed') or number <> '')
);
create index tickets_exposure on notify.tickets (tenant_key, exposure_key);

call platform.isolate('notify.tickets');
grant select, insert, update, delete on notify.tickets to wt_notify;
