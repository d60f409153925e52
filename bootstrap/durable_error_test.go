package bootstrap_test

import (
	"context"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
)

// The types of mistakes with durable subscriptions.
type (
	seatFreed struct{ cqrs.DomainEvent }
	seatMail  struct{}
	journal   struct{ cqrs.Journal }
)

func (*seatMail) Handle(context.Context, seatFreed) error { return nil }

func newSeatMail() *seatMail    { return new(seatMail) }
func newJournal() cqrs.Journal  { return journal{} }
func bindMail(m *cqrs.EventMap) { cqrs.BindEvent[*seatMail](m, cqrs.Durable("seat-mail")) }
func nameEvent(m *cqrs.EventMap) {
	cqrs.RegisterEvent(m, cqrs.EventType[seatFreed]{Name: "seat.freed"})
}
func nameCommand(m *cqrs.RequestMap) {
	bindTakeSeat(m)
	cqrs.RegisterCommand(m, cqrs.CommandType[takeSeat]{Name: "seat.take"})
}

func mailEvent(m *cqrs.EventMap) {
	nameEvent(m)
	bindMail(m)
}

// durableMisuses are mistakes with durable subscriptions that only the wiring shows.
func durableMisuses() []misuse {
	type module = bootstrap.Module
	mailing := func(journal ...any) func() (*cqrs.Mediator, error) {
		return func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.ProvideAll(append(journal, newSeatMail)...)
			return bootstrap.New(c, nil, mailEvent)
		}
	}
	return []misuse{
		{"option_codec", bootstrap.ErrOption, func() (*cqrs.Mediator, error) { return newWith(bootstrap.WithCodec(nil)) }},
		{"journal_missing", container.ErrMissing, mailing()},
		{"journal_missing_for_command", container.ErrMissing, func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.Provide(newTakeSeatHandler)
			return bootstrap.New(c, nameCommand, nil)
		}},
		{"journal_singleton", bootstrap.ErrSharedJournal, mailing(newJournal)},
		{"module_durable", nil, func() (*cqrs.Mediator, error) {
			c := container.New()
			_ = c.Provide(newJournal, container.Scoped())
			return bootstrap.New(c, nil, nil, bootstrap.WithModules(
				module{Name: "mail", Constructors: []any{newSeatMail}, Events: bindMail}))
		}},
		{"module_event_twice", nil, func() (*cqrs.Mediator, error) {
			return bootstrap.New(container.New(), nil, nil, bootstrap.WithModules(
				module{Name: "seating", Events: nameEvent}, module{Name: "theatre", Events: nameEvent}))
		}},
		{"module_journal_missing", container.ErrMissing, func() (*cqrs.Mediator, error) {
			return newWith(bootstrap.WithModules(
				module{Name: "mail", Constructors: []any{newSeatMail}, Events: mailEvent}))
		}},
	}
}
