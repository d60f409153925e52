package cqrs_test

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// Audited is implemented by messages that belong in the audit trail.
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

// AuditTrail is a singleton.
type AuditTrail struct{ subjects []string }

func NewAuditTrail() *AuditTrail { return &AuditTrail{} }

// Auditor is a middleware that the container builds, with its dependencies.
type Auditor struct{ trail *AuditTrail }

func NewAuditor(t *AuditTrail) *Auditor { return &Auditor{t} }

func (a *Auditor) Handle(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	a.trail.subjects = append(a.trail.subjects, in.Message().(Audited).Subject())
	return next(ctx, in)
}

// TwoKeys is typed: it receives the message and the result as they are declared.
func TwoKeys(ctx context.Context, c OpenVault, next func(context.Context) (int, error)) (int, error) {
	if c.Vault == "" {
		return 0, fmt.Errorf("which vault?")
	}
	return next(ctx)
}

// Commits sees the outcome of the whole request.
func Commits(ctx context.Context, in *cqrs.Invocation, next cqrs.Next) (any, error) {
	result, err := next(ctx, in)
	fmt.Printf("%T: %v %v\n", in.Message(), result, err)
	return result, err
}

// A middleware can be built by the container. It can wrap only the messages that
// implement an interface, only one type of request, only one binding, or the whole
// request with its scope.
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
