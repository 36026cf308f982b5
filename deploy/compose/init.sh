#!/bin/sh
# Writes .env with random database passwords once; a second run changes nothing.
set -eu
cd "$(dirname "$0")"
[ -s .env ] && exit 0
umask 077
{
    for name in POSTGRES WT_TENANT WT_ASSET_REGISTRY WT_SCAN_ORCHESTRATOR WT_RESULTS WT_NOTIFY WT_AI_REPORT; do
        # Hex needs no escaping inside a URL.
        printf '%s_PASSWORD=%s\n' "$name" "$(openssl rand -hex 24)"
    done
} > .env.new
mv .env.new .env
