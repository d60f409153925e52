package room

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/digcqrs/digcqrs/cqrs"
)

// watch sends the stream as server-sent events, until the client leaves or the server shuts down.
func (a *API) watch(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(a.closing, cancel)()

	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	_ = out.Flush() // the client may wait for the header
	for user, err := range cqrs.Stream(ctx, a.mediator, Watch{}) {
		if err != nil {
			fmt.Fprint(w, "event: end\ndata: {}\n\n") // the status has been sent already
			return
		}
		data, err := json.Marshal(user)
		if err != nil {
			return
		}
		fmt.Fprintf(w, "data: %s\n\n", data)
		if err := out.Flush(); err != nil {
			return // the client has left; leaving the range closes the scope
		}
	}
}
