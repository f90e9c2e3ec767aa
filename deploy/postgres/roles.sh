#!/bin/sh
# Runs once, on an empty volume: a role for each owner of databases, none of them a superuser.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set ferryman="$POSTGRES_FERRYMAN_PASSWORD" --set temporal="$POSTGRES_TEMPORAL_PASSWORD" <<'SQL'
CREATE ROLE ferryman LOGIN PASSWORD :'ferryman';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE ferryman OWNER ferryman;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE ferryman, temporal, temporal_visibility FROM PUBLIC;
SQL
