"""The pages in Flask, to be served by a WSGI server; Flask's own server is for development."""

from flask import Flask, Response

app = Flask(__name__)


@app.route("/")
def hello():
    return Response("Hello world!", content_type="text/plain; charset=utf-8")


@app.route("/ugly")
def ugly():
    return Response("UGLY", content_type="text/plain; charset=utf-8")
