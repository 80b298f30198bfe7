#!/usr/bin/env bash
# nginx with one worker in front of a server. ../front.sh has the environment it takes, and when it is ready.
# needs: nginx
front=nginx package=nginx-light configuration=nginx.conf
. "$(dirname "${BASH_SOURCE[0]}")/../front.sh"

# Started by root, the worker stays root: the folder and the server's socket may be nobody else's.
user=
[[ $(id -u) -ne 0 ]] || user="user $(id -un) $(id -gn);"
if [[ $upstream == keep-alive ]]; then
  # nginx closes what exceeds the pool or has served a thousand requests: neither is what is asked for here.
  pool='keepalive 4096; keepalive_requests 1000000000;'
  connection='proxy_http_version 1.1; proxy_set_header Connection "";'
else
  pool=
  connection='proxy_http_version 1.0; proxy_set_header Connection close;'
fi
# The articles' own mistake (API-Hour's nginx.conf): the page for errors does not exist, so every error becomes a 404.
error_page=
[[ $errors == good ]] || error_page='error_page 500 502 503 504 /500.html; location = /500.html { root html; }'

mkdir temp
cat >nginx.conf <<END
daemon off;
worker_processes 1;
$user
pid pid;
lock_file lock;
error_log stderr crit;
events { worker_connections $((descriptors / 2)); }
http {
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
  client_body_temp_path temp/body;
  proxy_temp_path temp/proxy;
  fastcgi_temp_path temp/fastcgi;
  uwsgi_temp_path temp/uwsgi;
  scgi_temp_path temp/scgi;
  upstream server { server $server; $pool }
  server {
    listen 127.0.0.1:$port backlog=4096;
    $error_page
    location / {
      proxy_pass http://server;
      proxy_set_header Host \$http_host;
      $connection
      proxy_connect_timeout $timeout;
      proxy_send_timeout $timeout;
      proxy_read_timeout $timeout;
    }
  }
}
END
serve -p "$work/" -c "$work/nginx.conf" -e stderr
