#!/bin/sh
# Makes the fleet's Ed25519 key pairs once; a second run changes nothing.
#
#   keys.sh DIR [UID]
#
# DIR/<service>/internal.pem   the service's own key for calls to other services (PKCS#8)
# DIR/scan-orchestrator/job.pem, DIR/results/ledger.pem, DIR/tenant/access.pem
# DIR/trust/internal/<service>.pub.pem, DIR/trust/job/scan-orchestrator.pub.pem   (SPKI)
# DIR/trust/ledger/results.pub.pem, DIR/trust/access/tenant.pub.pem
# DIR/{tenant,notify}/master.key   the master keys of secrets at rest (docs/operate/runbooks/master-key.md)
# For development. In production keys come from a secret store (docs/operate/runbooks/key-rotation.md).
set -eu
dir=${1:?usage: keys.sh DIR [UID]}
owner=${2:-}
umask 077

pair() { # pair SERVICE NAME: a private key, and its public half under trust/NAME
    private="$dir/$1/$2.pem"
    public="$dir/trust/$2/$1.pub.pem"
    mkdir -p "$dir/$1" "$dir/trust/$2"
    if [ ! -s "$private" ]; then
        # Renamed into place, so that a crash never leaves half a key.
        openssl genpkey -algorithm ed25519 -out "$private.new"
        mv "$private.new" "$private"
    fi
    openssl pkey -in "$private" -pubout -out "$public"
    chmod 0444 "$public"
    chmod 0400 "$private"
}

for service in gateway tenant asset-registry scan-orchestrator scan-worker results notify ai-report; do
    pair "$service" internal
done
pair scan-orchestrator job
pair results ledger
pair tenant access
# One each: a service that is broken into opens no other's secrets.
for service in tenant notify; do
    if [ ! -s "$dir/$service/master.key" ]; then
        openssl rand -base64 32 > "$dir/$service/master.key.new"
        mv "$dir/$service/master.key.new" "$dir/$service/master.key"
    fi
    chmod 0400 "$dir/$service/master.key"
done
chmod 0755 "$dir" "$dir/trust" "$dir"/trust/*
if [ -n "$owner" ]; then
    # Only each service's own folder: the fleet runs under one uid, but mounts only its own key.
    chown -R "$owner:$owner" "$dir"
fi
