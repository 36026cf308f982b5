-- The picture above an organization's documents. Beside its branding and not in it, so that nobody
-- reads it who only wants a colour.
create table report.logos (
    tenant_key text    not null primary key,
    -- Written here from the pixels of what was sent (wt_paper::Logo).
    png        bytea   not null,
    width      integer not null,
    height     integer not null,
    -- Of `png`, in hexadecimal.
    sha256     text    not null,
    constraint logo_length check (octet_length(png) <= 1048576)
);
call platform.isolate('report.logos');
grant select, insert, update, delete on report.logos to wt_ai_report;
