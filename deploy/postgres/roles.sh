#!/bin/sh
# First start of the database: an owner that migrates, and an application role that owns nothing, so that forced row
# security binds it.
set -eu

secrets=${SECRETS_DIR:-/run/secrets}

psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --set ON_ERROR_STOP=1 \
    --set owner_password="$(cat "$secrets/postgres_owner_password")" \
    --set app_password="$(cat "$secrets/postgres_app_password")" <<'SQL'
CREATE ROLE bulkhead_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE bulkhead_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app_password';
CREATE DATABASE bulkhead OWNER bulkhead_owner;
REVOKE ALL ON DATABASE bulkhead FROM PUBLIC;
GRANT CONNECT ON DATABASE bulkhead TO bulkhead_app;
\connect bulkhead
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO bulkhead_owner;
GRANT USAGE ON SCHEMA public TO bulkhead_app;
SQL
