-- When whoever holds the link of an invitation that ran out asked for a new one: asked once a day.
alter table tenant.invitations add column asked_at timestamptz;
