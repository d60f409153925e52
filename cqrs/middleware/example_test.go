package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

type (
	// Reserve states through its methods what it requires.
	Reserve struct {
		cqrs.Command
		Seats int
	}
	// Apply may be sent by anyone.
	Apply struct{ cqrs.Command }
)

func (Reserve) RequiredRole() string { return "member" }

func (c Reserve) Validate(context.Context) error {
	var f middleware.Fields
	if c.Seats < 1 {
		f.Add("seats", "must be at least 1")
	}
	return f.Err()
}

func (Reserve) Timeout() time.Duration { return 5 * time.Second }

type (
	ReserveHandler struct{}
	ApplyHandler   struct{}
)

func NewReserveHandler() *ReserveHandler { return &ReserveHandler{} }
func NewApplyHandler() *ApplyHandler     { return &ApplyHandler{} }

func (*ReserveHandler) Handle(context.Context, Reserve) error { return nil }
func (*ApplyHandler) Handle(context.Context, Apply) error     { return nil }

type callerKey struct{}

// AllowRole returns an error unless the context has the role that the message requires.
func AllowRole(ctx context.Context, message interface{ RequiredRole() string }) error {
	if ctx.Value(callerKey{}) != message.RequiredRole() {
		return errors.New("requires role " + message.RequiredRole())
	}
	return nil
}

// exampleLogger logs to standard output, leaving out what changes from run to run.
func exampleLogger() *zap.Logger {
	config := zap.NewDevelopmentConfig()
	config.Encoding = "json"
	config.OutputPaths = []string{"stdout"}
	config.DisableCaller, config.DisableStacktrace = true, true
	config.EncoderConfig = zapcore.EncoderConfig{
		LevelKey: "level", EncodeLevel: zapcore.LowercaseLevelEncoder, MessageKey: "msg",
		EncodeDuration: func(_ time.Duration, enc zapcore.PrimitiveArrayEncoder) { enc.AppendString("...") },
	}
	log, err := config.Build()
	if err != nil {
		panic(err)
	}
	return log
}

// Most programs use this order. The first middleware is the outermost.
func Example() {
	c := container.New()
	if err := c.ProvideAll(NewReserveHandler, NewApplyHandler); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*ReserveHandler](m)
		cqrs.BindCommand[*ApplyHandler](m)
	}, nil, bootstrap.WithMiddleware(
		middleware.Logging(exampleLogger(), middleware.FailureLevel(zapcore.WarnLevel, middleware.ErrInvalid, middleware.ErrDenied)),
		middleware.Authorization(AllowRole, middleware.Exempt[Apply]()),
		middleware.Validation(),
		middleware.Timeout(time.Second),
	))
	if err != nil {
		panic(err)
	}
	guest := context.Background()
	member := context.WithValue(guest, callerKey{}, "member")
	fmt.Println(mediator.Send(guest, Apply{}))
	fmt.Println(mediator.Send(guest, Reserve{Seats: 2}))
	fmt.Println(mediator.Send(member, Reserve{}))
	fmt.Println(mediator.Send(member, Reserve{Seats: 2}))
	// Output:
	// {"level":"info","msg":"command handled","kind":"command","message":"middleware_test.Apply","handler":"*middleware_test.ApplyHandler","duration":"...","outcome":"ok"}
	// <nil>
	// {"level":"warn","msg":"command rejected","kind":"command","message":"middleware_test.Reserve","handler":"*middleware_test.ReserveHandler","duration":"...","outcome":"rejected","error_type":"*middleware.AuthorizationError"}
	// middleware: permission to send middleware_test.Reserve to *middleware_test.ReserveHandler denied: requires role member; send it on behalf of someone who has permission
	// {"level":"warn","msg":"command rejected","kind":"command","message":"middleware_test.Reserve","handler":"*middleware_test.ReserveHandler","duration":"...","outcome":"rejected","error_type":"*middleware.ValidationError"}
	// middleware: middleware_test.Reserve is invalid: seats: must be at least 1; correct it and send it again
	// {"level":"info","msg":"command handled","kind":"command","message":"middleware_test.Reserve","handler":"*middleware_test.ReserveHandler","duration":"...","outcome":"ok"}
	// <nil>
}
