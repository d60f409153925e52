package room

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

// API is the HTTP handler of the application.
type API struct {
	http.Handler
	mediator *cqrs.Mediator
	closing  context.Context // cancelled when the server shuts down
	close    context.CancelFunc
}

// NewAPI asks for the mediator, which bootstrap.Provide provides.
func NewAPI(m *cqrs.Mediator) *API {
	a := &API{mediator: m}
	a.closing, a.close = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.Handle("POST /users", send(m, body[Join]))
	mux.Handle("GET /seats/{seat}", send(m, readSeat))
	mux.HandleFunc("GET /users", a.watch)
	a.Handler = mux
	return a
}

// send returns an HTTP handler that decodes a message, sends it, and encodes the result.
func send[Q cqrs.Request[R], R any](m *cqrs.Mediator, decode func(*http.Request) (Q, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		message, err := decode(r)
		if err != nil {
			write(w, http.StatusBadRequest, failure{Error: err.Error()})
			return
		}
		result, err := cqrs.Send(r.Context(), m, message)
		if err != nil {
			writeError(w, err)
			return
		}
		write(w, http.StatusOK, result)
	})
}

// body decodes any message from a body in JSON.
func body[Q any](r *http.Request) (message Q, err error) {
	if json.NewDecoder(r.Body).Decode(&message) != nil {
		return message, errors.New("the body is not valid JSON")
	}
	return message, nil
}

// readSeat decodes a message from the path.
func readSeat(r *http.Request) (ReadSeat, error) {
	seat, err := strconv.Atoi(r.PathValue("seat"))
	if err != nil {
		return ReadSeat{}, errors.New("the seat is not a number")
	}
	return ReadSeat{Seat: seat}, nil
}

// failure is the body of every error response.
type failure struct {
	Error  string            `json:"error"`
	Fields map[string]string `json:"fields,omitempty"`
}

// writeError responds with what the client may know about err. The log has the rest.
func writeError(w http.ResponseWriter, err error) {
	if invalid, ok := errors.AsType[*middleware.ValidationError](err); ok {
		fields := make(map[string]string)
		for _, f := range invalid.Fields {
			fields[f.Field] = f.Err.Error()
		}
		write(w, http.StatusUnprocessableEntity, failure{Error: "invalid", Fields: fields})
		return
	}
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, ErrFull):
		status = http.StatusConflict
	case errors.Is(err, ErrEmpty):
		status = http.StatusNotFound
	case errors.Is(err, middleware.ErrDenied):
		status = http.StatusForbidden
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
	}
	write(w, status, failure{Error: http.StatusText(status)})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
}
