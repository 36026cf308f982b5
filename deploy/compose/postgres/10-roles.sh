#!/bin/bash
# Runs once, when the database is empty: one LOGIN role per service, none of which owns anything or
# may bypass row-level security. Tables, grants and policies come from the migrations.
set -euo pipefail
for role in tenant asset_registry scan_orchestrator results notify ai_report; do
    variable="WT_${role^^}_PASSWORD"
    psql -v ON_ERROR_STOP=1 -v role="wt_$role" -v password="${!variable:?}" \
        --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role :"role" login nosuperuser nocreatedb nocreaterole nobypassrls password :'password';
SQL
done
