// The pages on fasthttp: PORT is the only argument.
package main

import (
	"log"
	"os"

	"github.com/valyala/fasthttp"
)

func serve(request *fasthttp.RequestCtx) {
	request.SetContentType("text/plain; charset=utf-8")
	switch string(request.Path()) {
	case "/":
		request.SetBodyString("Hello world!")
	case "/ugly":
		request.SetBodyString("UGLY")
	default:
		request.Error("Not found", fasthttp.StatusNotFound)
	}
}

func main() {
	log.Fatal(fasthttp.ListenAndServe("127.0.0.1:"+os.Args[1], serve))
}
