-- No function at all: method, body and a header are enough.
wrk.method = "POST"
wrk.body = "colour=red&size=9"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
