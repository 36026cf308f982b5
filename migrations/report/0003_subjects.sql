-- For whom a report is written, and what about: a run, or what fits a filter in a period. A report that
-- is not about a run has a run_id of its own, `run_` and the digits of its id: its artifacts lie there.
alter table report.reports
    add column kind text not null default 'technical' check (kind in ('executive', 'technical')),
    add column subject text not null default 'run' check (subject in ('run', 'exposures')),
    add column filter text not null default '',
    add column view_name text not null default '',
    add column since timestamptz,
    add column until timestamptz,
    add constraint report_period check (subject = 'run' or (since is not null and until is not null and since < until));
