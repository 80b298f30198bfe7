// The pages on Go's own net/http: PORT is the only argument.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
)

func page(body string) http.HandlerFunc {
	length := strconv.Itoa(len(body))
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Content-Length", length)
		io.WriteString(w, body)
	}
}

func main() {
	mux := http.NewServeMux()
	hello := page("Hello world!")
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		hello(w, r)
	})
	mux.HandleFunc("/ugly", page("UGLY"))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], mux))
}
