// Every message with the handler, the binding and the call that are for it.
package app

import (
	"context"
	"iter"

	"github.com/digcqrs/digcqrs/cqrs"
)

type (
	Meeting     struct{ ID string }
	JoinMeeting struct{ cqrs.Command }
	OpenMeeting struct{ cqrs.CommandOf[int] }
	ReadMeeting struct{ cqrs.Query[*Meeting] }
	FindMeeting struct{ cqrs.Query[error] } // an interface as result
	Export      struct{ cqrs.StreamOf[Meeting] }
	UserJoined  struct{ cqrs.DomainEvent }

	// A message of the application that others embed.
	AuditedCommand struct {
		cqrs.Command
		By string
	}
	CloseMeeting struct{ AuditedCommand }

	// A message with a type parameter.
	Archive[T any] struct {
		cqrs.CommandOf[T]
		Value T
	}
)

type (
	JoinMeetingHandler  struct{ cqrs.EventRecorder }
	OpenMeetingHandler  struct{ cqrs.EventRecorder }
	ReadMeetingHandler  struct{}
	FindMeetingHandler  struct{}
	ExportHandler       struct{ cqrs.EventRecorder }
	UserJoinedHandler   struct{ sender cqrs.Sender }
	WelcomeMail         struct{} // bound as a value
	CloseMeetingHandler interface {
		cqrs.CommandHandler[CloseMeeting]
	}
	ArchiveHandler[T any] struct{}
)

func (h *JoinMeetingHandler) Handle(context.Context, JoinMeeting) error {
	h.Record(UserJoined{})
	return nil
}

func (h *OpenMeetingHandler) Handle(context.Context, OpenMeeting) (int, error) {
	h.Record(UserJoined{}, UserJoined{})
	return 1, nil
}

func (h *ReadMeetingHandler) Handle(context.Context, ReadMeeting) (*Meeting, error) {
	return new(Meeting), nil
}

func (h *FindMeetingHandler) Handle(context.Context, FindMeeting) (error, error) { return nil, nil }

func (h *ExportHandler) Handle(context.Context, Export) iter.Seq2[Meeting, error] {
	return func(yield func(Meeting, error) bool) { yield(Meeting{}, nil) }
}

func (h *UserJoinedHandler) Handle(ctx context.Context, _ UserJoined) error {
	return h.sender.Send(ctx, JoinMeeting{})
}

func (WelcomeMail) Handle(context.Context, UserJoined) error { return nil }

func (h *ArchiveHandler[T]) Handle(_ context.Context, a Archive[T]) (T, error) { return a.Value, nil }

// The interfaces that handlers and messages satisfy.
var (
	_ cqrs.CommandHandler[JoinMeeting]           = (*JoinMeetingHandler)(nil)
	_ cqrs.RequestHandler[OpenMeeting, int]      = (*OpenMeetingHandler)(nil)
	_ cqrs.RequestHandler[ReadMeeting, *Meeting] = (*ReadMeetingHandler)(nil)
	_ cqrs.StreamHandler[Export, Meeting]        = (*ExportHandler)(nil)
	_ cqrs.EventHandler[UserJoined]              = (*UserJoinedHandler)(nil)
	_ cqrs.EventSource                           = (*JoinMeetingHandler)(nil)
	_ cqrs.Sender                                = (*cqrs.Mediator)(nil)
	_ cqrs.Event                                 = UserJoined{}
	_ cqrs.Request[cqrs.Unit]                    = JoinMeeting{}
	_ cqrs.Request[cqrs.Unit]                    = CloseMeeting{}
	_ cqrs.Request[int]                          = OpenMeeting{}
	_ cqrs.Request[*Meeting]                     = ReadMeeting{}
	_ cqrs.StreamRequest[Meeting]                = Export{}
)

func requests(m *cqrs.RequestMap) {
	cqrs.BindCommand[*JoinMeetingHandler](m)
	cqrs.BindCommand[CloseMeetingHandler](m)
	cqrs.BindRequest[*OpenMeetingHandler](m)
	cqrs.BindRequest[*ReadMeetingHandler](m)
	cqrs.BindRequest[*FindMeetingHandler](m)
	cqrs.BindRequest[*ArchiveHandler[string]](m)
	cqrs.BindStream[*ExportHandler](m)
}

func functions(m *cqrs.RequestMap, e *cqrs.EventMap) {
	cqrs.BindCommand[cqrs.CommandFunc[JoinMeeting]](m)
	cqrs.BindRequest[cqrs.RequestFunc[OpenMeeting, int]](m)
	cqrs.BindRequest[cqrs.RequestFunc[ReadMeeting, *Meeting]](m)
	cqrs.BindStream[cqrs.StreamFunc[Export, Meeting]](m)
	cqrs.BindEvent[cqrs.EventFunc[UserJoined]](e)
}

func events(m *cqrs.EventMap) {
	cqrs.BindEvent[*UserJoinedHandler](m)
	cqrs.BindEvent[WelcomeMail](m, cqrs.AfterScope())
}

func run(ctx context.Context, mediator *cqrs.Mediator) error {
	if err := send(ctx, mediator); err != nil {
		return err
	}
	return mediator.Run(ctx, send)
}

// Each variable is declared with its type, which the result must have.
func send(ctx context.Context, s cqrs.Sender) (err error) {
	err = s.Send(ctx, JoinMeeting{})
	err = s.Send(ctx, CloseMeeting{AuditedCommand{By: "1"}})
	err = s.Publish(ctx, UserJoined{}, UserJoined{})

	var none cqrs.Unit
	var number int
	var meeting *Meeting
	var reason error
	var text string
	var item Meeting
	none, err = cqrs.Send(ctx, s, JoinMeeting{})
	number, err = cqrs.Send(ctx, s, OpenMeeting{})
	meeting, err = cqrs.Send(ctx, s, ReadMeeting{})
	reason, err = cqrs.Send(ctx, s, FindMeeting{})
	text, err = cqrs.Send(ctx, s, Archive[string]{Value: "1"})
	for item, err = range cqrs.Stream(ctx, s, Export{}) {
	}
	_, _, _, _, _, _ = none, number, meeting, reason, text, item
	return err
}
