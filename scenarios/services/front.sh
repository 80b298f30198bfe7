# What the start scripts of proxies share; they set $front, $package and $configuration, and source it. A proxy listens at
# 127.0.0.1:$HOTLAP_PORT in front of one server, keeps all its files in $HOTLAP_WORK_DIR, logs no requests, and serves in the
# foreground until SIGTERM. It is ready when "hotlap-NAME ready port=… pid=…" is on standard output: it accepts connections
# by then, whether or not the server behind it does. With --version its version is printed, and no environment needed.
#   HOTLAP_PORT             the port to listen on
#   HOTLAP_WORK_DIR         an empty folder of our own
#   HOTLAP_UPSTREAM_PORT    the server's port, at 127.0.0.1 …
#   HOTLAP_UPSTREAM_SOCKET  … or its unix socket; one of the two
#   HOTLAP_FRONT_UPSTREAM   keep-alive: connections to the server are pooled; close: each request has its own [keep-alive]
#   HOTLAP_FRONT_ERRORS     good: a server that fails is a 502, 503 or 504; broken: it is a 404 [good]
#   HOTLAP_FRONT_TIMEOUT    how long the server may take to accept, and to answer [5s]
set -euo pipefail
say() { printf 'hotlap-%s: %s\n' "$front" "$*" >&2; exit 1; }

# Debian keeps servers where only root's PATH leads.
program=$(PATH=$PATH:/usr/sbin command -v "$front") || say "$front was not found; install it with 'apt-get install $package'"
[[ ${1:-} != --version ]] || { "$program" -v 2>&1 | head -n 1; exit; }

port=${HOTLAP_PORT:?must name the port to listen on}
work=${HOTLAP_WORK_DIR:?must name an empty, writable folder}
case "${HOTLAP_UPSTREAM_PORT:+port}${HOTLAP_UPSTREAM_SOCKET:+socket}" in
  port) server=127.0.0.1:$HOTLAP_UPSTREAM_PORT ;;
  socket) server=unix:$HOTLAP_UPSTREAM_SOCKET ;;
  *) say "set HOTLAP_UPSTREAM_PORT or HOTLAP_UPSTREAM_SOCKET: one of them, the server to stand in front of" ;;
esac
upstream=${HOTLAP_FRONT_UPSTREAM:-keep-alive}
[[ $upstream == keep-alive || $upstream == close ]] || say "HOTLAP_FRONT_UPSTREAM '$upstream' is not keep-alive or close"
errors=${HOTLAP_FRONT_ERRORS:-good}
[[ $errors == good || $errors == broken ]] || say "HOTLAP_FRONT_ERRORS '$errors' is not good or broken"
timeout=${HOTLAP_FRONT_TIMEOUT:-5s}
[[ $timeout =~ ^[1-9][0-9]*(ms|s|m)$ ]] || say "HOTLAP_FRONT_TIMEOUT '$timeout' is not a whole number followed by ms, s or m"
cd "$work"

# Each connection of a client may need one to the server; a proxy that runs out of descriptors would measure that.
ulimit -n "$(ulimit -Hn)"
descriptors=$(ulimit -n)
[[ $descriptors == unlimited || $descriptors -gt 32768 ]] && descriptors=32768

# serve ARGUMENT…: runs the proxy with these, says when it is ready, and ends with it. When this script is killed, the proxy goes too.
serve() {
  setpriv --pdeathsig TERM -- "$program" "$@" </dev/null >"$work/log" 2>&1 &
  local proxy=$! tries=0 status=0
  trap 'trap "" TERM INT; kill -TERM "$proxy" 2>/dev/null || true; wait "$proxy" || true; exit 0' TERM INT
  until (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "$proxy" 2>/dev/null || { tail -n 5 "$work/log" >&2; say "it ended before it took a connection"; }
    tries=$((tries + 1))
    [[ $tries -lt 500 ]] || { tail -n 5 "$work/log" >&2; say "it took no connection on port $port"; }
    sleep 0.02
  done
  printf 'hotlap-%s ready port=%s pid=%s reads=%s runs=%s\n' "$front" "$port" "$proxy" "$configuration" "$program $*"
  wait "$proxy" || status=$?
  tail -n 5 "$work/log" >&2
  exit "$status"
}
