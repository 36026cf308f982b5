#!/bin/sh
# Renders and checks everything under deploy/ and docker/. Needs Python 3.11 and, the first time, PyPI.
#
#   tests/deploy/run.sh [pytest arguments]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
venv=$target/deploy-venv
wanted=$(cksum < "$root/tests/deploy/requirements.txt")
if [ "$(cat "$venv/installed" 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    # Without dependencies for the package that only carries the helm binary: it would bring a JavaScript runtime.
    grep -v '^aws-cdk' "$root/tests/deploy/requirements.txt" > "$venv/direct.txt"
    grep '^aws-cdk' "$root/tests/deploy/requirements.txt" > "$venv/carrier.txt"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$venv/direct.txt"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$venv/carrier.txt"
    printf '%s' "$wanted" > "$venv/installed"
fi
export WT_DEPLOY_TARGET="$target/deploy"
cd "$root/tests/deploy"
exec "$venv/bin/python" -B -m pytest -p no:cacheprovider --quiet "$@"
