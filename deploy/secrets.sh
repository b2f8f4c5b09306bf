#!/bin/sh
# Write fresh random secrets for docker-compose.yml into deploy/secrets; never overwrites one that exists.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# Compose mounts these files as they are, and the services read them as users of their own: the folder keeps others on
# this host out, so the files need not.
keep() {
    if [ -s "$1" ]; then
        return
    fi
    printf '%s' "$2" >"$1.new"
    chmod 0444 "$1.new"
    mv "$1.new" "$1"
}

for name in postgres_password postgres_owner_password postgres_app_password redis_password bulkhead_qdrant_api_key; do
    keep "$name" "$(random)"
done
keep bulkhead_database_url "postgresql://bulkhead_app:$(cat postgres_app_password)@postgres/bulkhead"
keep bulkhead_database_owner_url "postgresql://bulkhead_owner:$(cat postgres_owner_password)@postgres/bulkhead"
keep bulkhead_redis_url "redis://:$(cat redis_password)@redis:6379/0"
echo "Secrets are in $(pwd). Keep a copy where backups of the data are not." >&2
