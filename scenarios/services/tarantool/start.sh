#!/usr/bin/env bash
# The pages' database in Tarantool: init.lua beside this script, in the foreground, and the line that says it is ready.
#   HOTLAP_PORT        the port to listen on, at 127.0.0.1
#   HOTLAP_WORK_DIR    an empty folder of our own
#   HOTLAP_TUPLESTORE  the program hotlap-tuplestore, which knows how to ask whether the data are there [the one in PATH]
# With --calls it only asks the server at that port how many operations clients have sent to it.
# needs: tarantool
# counts: calls
set -euo pipefail
say() { printf 'hotlap-tarantool: %s\n' "$*" >&2; exit 1; }
tarantool=$(command -v tarantool) || say "Tarantool was not found; install it with 'apt-get install tarantool'"
if [[ ${1:-} == --version ]]; then "$tarantool" --version | head -n 1; exit; fi
port=${HOTLAP_PORT:?must name the port to listen on}
if [[ ${1:-} == --calls ]]; then exec "${HOTLAP_TUPLESTORE:-hotlap-tuplestore}" --calls "127.0.0.1:$port"; fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${HOTLAP_WORK_DIR:?must name an empty, writable folder}"
# Tarantool locks the folder that it writes to, and hotlap holds a lock on the one that it gives away.
mkdir data && cd data
export HOTLAP_WORK_DIR=$PWD

"$tarantool" "$here/init.lua" &
server=$!
trap 'trap "" TERM INT; kill -TERM "$server" 2>/dev/null || true; wait "$server" || true; exit 0' TERM INT
# The port opens before the schema is there, so only the probe's answer counts.
tries=0
until "${HOTLAP_TUPLESTORE:-hotlap-tuplestore}" --probe "127.0.0.1:$port" >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || say "it ended before the data were there"
  tries=$((tries + 1))
  [[ $tries -lt 1000 ]] || say "the data did not appear"
  sleep 0.01
done
printf 'hotlap-tarantool ready port=%s pid=%s reads=%s runs=%s\n' "$port" "$server" "$here/init.lua" "$tarantool $here/init.lua"
wait "$server" && status=0 || status=$?
exit "$status"
