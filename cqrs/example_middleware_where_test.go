package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Audited is what messages implement that leave a trace.
type Audited interface{ Subject() string }

type (
	OpenVault struct {
		cqrs.CommandOf[int]
		Vault string
	}
	CountVisits struct{ cqrs.Query[int] }
)

func (c OpenVault) Subject() string { return c.Vault }

type VaultHandler struct{}

func NewVaultHandler() *VaultHandler { return &VaultHandler{} }

func (*VaultHandler) Handle(context.Context, OpenVault) (int, error) { return 3, nil }

type VisitsHandler struct{ trail *AuditTrail }

func NewVisitsHandler(t *AuditTrail) *VisitsHandler { return &VisitsHandler{t} }

func (h *VisitsHandler) Handle(context.Context, CountVisits) (int, error) {
	return len(h.trail.subjects), nil
}

// An AuditTrail is a singleton.
type AuditTrail struct{ subjects []string }

func NewAuditTrail() *AuditTrail { return &AuditTrail{} }

// An Auditor is a middleware that the container builds, with what it needs.
type Auditor struct{ trail *AuditTrail }

func NewAuditor(t *AuditTrail) *Auditor { return &Auditor{t} }

func (a *Auditor) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	a.trail.subjects = append(a.trail.subjects, in.Message().(Audited).Subject())
	return next(ctx, in)
}

// TwoKeys knows the type of its message and of the result.
func TwoKeys(ctx context.Context, c OpenVault, next func(context.Context) (int, error)) (int, error) {
	if c.Vault == "" {
		return 0, fmt.Errorf("which vault?")
	}
	return next(ctx)
}

// Commits sees what a whole request has come to.
func Commits(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	fmt.Printf("%T: %v %v\n", in.Message(), result, err)
	return result, err
}

// A middleware can be built by the container, stand around those messages alone
// that implement an interface, around one type of request, around one binding,
// or around the whole request with its scope.
func Example_middlewarePlaces() {
	c := container.New()
	if err := c.ProvideAll(NewVaultHandler, NewVisitsHandler, NewAuditTrail, NewAuditor); err != nil {
		panic(err)
	}
	mediator, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[*VaultHandler](m, cqrs.WithMiddleware(cqrs.For(TwoKeys)))
		cqrs.BindRequest[*VisitsHandler](m)
	}, nil, bootstrap.WithMiddleware(
		cqrs.AroundScope(cqrs.MiddlewareFunc(Commits)),
		cqrs.Only[Audited](cqrs.Built[*Auditor]()),
	))
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	_, _ = cqrs.Send(ctx, mediator, OpenVault{Vault: "north"})
	_, _ = cqrs.Send(ctx, mediator, OpenVault{})
	_, _ = cqrs.Send(ctx, mediator, CountVisits{})
	// Output:
	// cqrs_test.OpenVault: 3 <nil>
	// cqrs_test.OpenVault: <nil> which vault?
	// cqrs_test.CountVisits: 2 <nil>
}
