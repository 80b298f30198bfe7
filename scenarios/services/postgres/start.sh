#!/usr/bin/env bash
# The pages' database in PostgreSQL: makes a cluster in a private folder, fills it, says that it is ready, and serves in
# the foreground until SIGTERM. The rows come from hotlap-target, which knows them from the same source as
# hotlap-tuplestore.
#   HOTLAP_PORT          the port to listen on, at 127.0.0.1
#   HOTLAP_WORK_DIR      an empty folder of our own; whoever owns the cluster must be able to reach it
#   HOTLAP_TEMPLATE_DIR  a folder that is kept: the filled cluster is made there once and copied from then on [none]
#   HOTLAP_TARGET        the program hotlap-target [the one in PATH]
# With --calls it only asks the server at that port how many statements clients have had executed; with --template it only
# makes the template.
# PostgreSQL refuses to run as root: started by root it runs as the user postgres, or nobody.
# needs: postgres
# counts: calls
set -euo pipefail

say() { printf 'hotlap-postgres: %s\n' "$*" >&2; exit 1; }

# Debian keeps the server's programs out of PATH, a folder for each version.
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[[ -x $bin/postgres ]] || bin=$(dirname "$(command -v postgres || true)")
[[ -x $bin/postgres && -x $bin/initdb ]] || say "PostgreSQL's server was not found; install it with 'apt-get install postgresql-15'"

if [[ ${1:-} == --version ]]; then exec "$bin/postgres" --version; fi
port=${HOTLAP_PORT:?must name the port to listen on}
export PGHOST=127.0.0.1 PGPORT=$port PGUSER=tesla PGPASSWORD=secret PGDATABASE=postgres PGSSLMODE=disable

# Control of transactions and sessions is no question to the data. Entries that were thrown out would be missing.
if [[ ${1:-} == --calls ]]; then
  exec "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d hotlap -c "
    SELECT CASE WHEN (SELECT dealloc FROM pg_stat_statements_info) = 0 THEN coalesce(sum(calls), 0)::text
                ELSE 'pg_stat_statements has thrown entries out, so calls are missing' END
    FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
    WHERE query NOT LIKE '%pg_stat_statements%' AND query !~* '^\s*(begin|start|commit|end|rollback|abort|savepoint'
      '|release|set|reset|show|discard|prepare|deallocate|listen|unlisten|notify)\y'"
fi
work=${HOTLAP_WORK_DIR:?must name an empty, writable folder}
template=${HOTLAP_TEMPLATE_DIR:-}
target=${HOTLAP_TARGET:-hotlap-target}

as_owner=()
if [[ $(id -u) -eq 0 ]]; then
  owner=postgres
  id -u "$owner" >/dev/null 2>&1 || owner=nobody
  chown "$owner" "$work" ${template:+"$template"}
  as_owner=(setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups --)
fi
cd "$work"
log=$work/log
server=
stop() {
  trap '' TERM INT
  # Fast, not smart: smart would wait for the clients to leave.
  [[ -n $server ]] && kill -INT "$server" 2>/dev/null && wait "$server"
  exit "${1:-0}"
}
trap 'stop 0' TERM INT
fail() { tail -n 5 "$log" >&2; say "$*"; }
# What counts statements; a server that was built without it does not count.
libraries=$("$bin/pg_config" --pkglibdir 2>/dev/null) || libraries=$bin/../lib
counter=
[[ ! -e $libraries/pg_stat_statements.so ]] || counter=pg_stat_statements

# start DATA: the disk is no part of the question (fsync), nor is a plan's just-in-time compilation. A vacuum in the middle
# of a window would be noise, and a trial is too short to need one. md5 is what the articles' servers asked for: the
# default, scram-sha-256, is made to be slow, and a connection per request would measure that. max_connections holds several
# workers' pools. When this script is killed, the server goes with it.
start() {
  command=("$bin/postgres" -D "$1" -p "$port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c shared_buffers=128MB \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
    -c max_wal_size=1GB -c autovacuum=off -c jit=off -c log_min_messages=fatal -c password_encryption=md5 \
    -c shared_preload_libraries="$counter")
  "${as_owner[@]}" setpriv --pdeathsig INT -- "${command[@]}" >>"$log" 2>&1 &
  server=$!
  local tries=0
  until "$bin/psql" -X -q -c 'SELECT 1' >/dev/null 2>>"$log"; do
    kill -0 "$server" 2>/dev/null || fail "postgres ended before it took a connection"
    tries=$((tries + 1))
    [[ $tries -lt 1000 ]] || fail "postgres took no connection"
    sleep 0.02
  done
}

# fill DATA: a cluster with the pages' data, served.
fill() {
  printf 'secret\n' >password
  [[ ${#as_owner[@]} -eq 0 ]] || chown "$owner" password
  "${as_owner[@]}" "$bin/initdb" -D "$1" -U tesla --pwfile="$work/password" -A md5 \
    --locale=C --encoding=UTF8 --no-sync --no-instructions >"$log" 2>&1 || fail "initdb failed"
  start "$1"
  "$bin/psql" -X -q -c 'CREATE DATABASE hotlap' >>"$log" 2>&1 || fail "the database could not be made"
  "$target" --print-postgres-sql | "$bin/psql" -X -q -d hotlap -f - >>"$log" 2>&1 || fail "the tables could not be filled"
  [[ -z $counter ]] || "$bin/psql" -X -q -d hotlap -c "CREATE EXTENSION $counter" >>"$log" 2>&1 || fail "$counter could not be loaded"
}

if [[ -z $template ]]; then
  fill "$work/data"
else
  if [[ ! -e $template/whole ]]; then
    "${as_owner[@]}" rm -rf "$template/data"
    fill "$template/data"
    kill -INT "$server" && wait "$server" || fail "postgres did not stop well"
    touch "$template/whole"
  fi
  [[ ${1:-} != --template ]] || exit 0
  "${as_owner[@]}" cp -a --reflink=auto "$template/data" "$work/data"
  start "$work/data"
fi
ready=$("$bin/psql" -X -q -A -t -d hotlap -c 'SELECT ready FROM hotlap_ready')
[[ $ready == t ]] || fail "the row that says the data are there is missing"
printf 'hotlap-postgres ready port=%s pid=%s runs=%s\n' "$port" "$server" "${command[*]}"
wait "$server" && status=0 || status=$?
tail -n 5 "$log" >&2
exit "$status"
