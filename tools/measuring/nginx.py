"""nginx as a target: one worker, in the foreground, on a port that was free a moment ago, with a certificate of its own."""

import os
import socket
import subprocess
import tempfile
import time

from programs import TARGET_CPU, Target, pinned

CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; server_tokens off; default_type "text/plain; charset=utf-8";
  server {{
    listen 127.0.0.1:{port} backlog=4096 {tls}; root {folder};
    location / {{ return 200 "UGLY"; }} location /64k {{ }}
  }}
}}
"""
TLS = "ssl; ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem; ssl_session_tickets off"


class Nginx(Target):
    def __init__(self, tls=False):
        self.folder = tempfile.TemporaryDirectory()
        folder = self.folder.name
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        if tls:
            self.scheme = "https"
            self.certificate = f"{folder}/certificate.pem"
            command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                       "-keyout", f"{folder}/key.pem", "-out", self.certificate, "-days", "1", "-subj", "/CN=localhost",
                       "-addext", "subjectAltName=IP:127.0.0.1"]
            subprocess.run(command, check=True, capture_output=True)
        os.chmod(folder, 0o755)  # its worker is another user
        with open(f"{folder}/64k", "wb") as body:
            body.write(b"x" * 65536)
        with open(f"{folder}/nginx.conf", "w") as out:
            out.write(CONFIGURATION.format(folder=folder, port=port, tls=TLS.format(folder=folder) if tls else ""))
        command = ["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"]
        self.process = subprocess.Popen(pinned(TARGET_CPU, command), stdout=subprocess.PIPE, text=True)
        self.address = f"127.0.0.1:{port}"
        self.said = ""
        until_connected(port)


def until_connected(port):
    for _ in range(500):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise SystemExit(f"nothing listens on port {port} after 5 s")
