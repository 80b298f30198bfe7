#!/usr/bin/env bash
# HAProxy with one thread in front of a server. ../front.sh has the environment it takes, and when it is ready.
# needs: haproxy
front=haproxy package=haproxy configuration=haproxy.cfg
. "$(dirname "${BASH_SOURCE[0]}")/../front.sh"

# keep-alive: any request may take any idle connection, as nginx does it.
reuse='option http-server-close'
[[ $upstream == close ]] || reuse='http-reuse always'
# As nginx does with a page for errors that does not exist: its own errors become a 404, the server's stay what they are.
broken=
if [[ $errors == broken ]]; then
  printf 'HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nNot found' >404.http
  broken=$(for status in 500 502 503 504; do printf 'errorfile %s %s/404.http\n' "$status" "$work"; done)
fi

# One attempt for each request (retries): a second would hide what the server does under overload.
cat >haproxy.cfg <<END
global
  nbthread 1
  maxconn $((descriptors / 2 - 64))
defaults
  mode http
  timeout client 1h
  timeout connect $timeout
  timeout server $timeout
  timeout queue $timeout
  timeout http-request 1h
  retries 0
frontend clients
  bind 127.0.0.1:$port backlog 4096
  $broken
  default_backend servers
backend servers
  $reuse
  server only ${server/#unix:/unix@} pool-max-conn -1
END
serve -db -f "$work/haproxy.cfg"
