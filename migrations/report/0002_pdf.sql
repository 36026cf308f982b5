-- Where a report's PDF lies. Reports that were written before have none: asking again writes one.
alter table report.reports add column pdf_key text;
