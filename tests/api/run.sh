#!/bin/sh
# Asks everything of the contract a running gateway serves. Needs Python 3.11 and, the first time, PyPI.
#
#   WT_BASE_URL=http://127.0.0.1:8480 tests/api/run.sh [schemathesis arguments]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
venv=$target/api-venv
wanted=$(cksum < "$root/tests/api/requirements.txt")
if [ "$(cat "$venv/installed" 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$root/tests/api/requirements.txt"
    printf '%s' "$wanted" > "$venv/installed"
fi
export PYTHONPATH="$root/tests/api" PYTHONDONTWRITEBYTECODE=1 SCHEMATHESIS_HOOKS=hooks
cd "$target"
mkdir -p api
# The live stream has no end, and signing out ends the test's own session.
"$venv/bin/schemathesis" --config-file "$root/tests/api/schemathesis.toml" run "$WT_BASE_URL/api/openapi.json" \
    --exclude-path-regex '/events$|/auth/logout$' --workers 2 --max-examples 70 --seed "${WT_API_SEED:-1}" \
    --report json --report-json-path api/report.json "$@"
"$venv/bin/python" - <<'END'
import json

cases = json.load(open("api/report.json"))["test_cases"]["generated"]
print(f"{cases} generated requests")
assert cases >= 10_000, "fewer requests than the test promises"
END
