-- What people thought of the paragraphs of a report (docs/guides/reports.md).
create table report.feedback (
    tenant_key text        not null,
    report_id  text        not null,
    -- Heading by heading, from 1; a report does not change once it is written.
    paragraph  integer     not null,
    user_id    text        not null,
    vote       text        not null,
    reason     text        not null,
    at         timestamptz not null default now(),
    constraint feedback_pk primary key (tenant_key, report_id, paragraph, user_id),
    constraint feedback_vote check (vote in ('up', 'down')),
    constraint feedback_paragraph check (paragraph between 1 and 200),
    constraint feedback_reason check (char_length(reason) <= 500)
);
call platform.isolate('report.feedback');
grant select, insert, update, delete on report.feedback to wt_ai_report;
