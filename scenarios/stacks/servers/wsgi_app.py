"""The pages as a WSGI application: what gunicorn, uWSGI, gevent, Meinheld and wsgiref serve."""

PAGES = {"/": b"Hello world!", "/ugly": b"UGLY"}


def app(environ, start_response):
    body = PAGES.get(environ["PATH_INFO"])
    status = "200 OK"
    if body is None:
        status, body = "404 Not Found", b"Not found"
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
