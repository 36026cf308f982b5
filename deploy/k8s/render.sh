#!/bin/sh
# Rewrites watchtower.yaml from the umbrella's minimal profile. Needs helm 4 on PATH, or HELM.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
helm=${HELM:-helm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$here/../helm/." "$work"
for chart in gateway tenant asset-registry scan-orchestrator scan-worker results notify ai-report watchtower; do
    "$helm" dependency build "$work/$chart" > /dev/null
done
"$helm" template wt "$work/watchtower" --namespace watchtower --values "$work/watchtower/ci/minimal-values.yaml" > "$here/watchtower.yaml.new"
mv "$here/watchtower.yaml.new" "$here/watchtower.yaml"
