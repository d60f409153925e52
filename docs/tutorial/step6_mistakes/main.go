package main

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/middleware"
)

type JoinMeeting struct {
	cqrs.Command
	User string
}

type LeaveMeeting struct {
	cqrs.Command
	User string
}

type Store struct{ users []string }

func NewStore() *Store { return &Store{} }

type JoinMeetingHandler struct{ store *Store }

func NewJoinMeetingHandler(store *Store) *JoinMeetingHandler {
	return &JoinMeetingHandler{store: store}
}

func (h *JoinMeetingHandler) Handle(_ context.Context, c JoinMeeting) error {
	h.store.users = append(h.store.users, c.User)
	return nil
}

func commands(m *cqrs.RequestMap) { cqrs.BindCommand[*JoinMeetingHandler](m) }

func main() {
	for _, mistake := range []func() error{
		missingConstructor, wrongConstructor, mediatorInHandler, captiveDependency, forgottenScoped,
		copiedHandler, forgottenMapper, deadHandler, durableMistakes, forgottenTimeout,
		severalMistakes, invalidMessages,
	} {
		fmt.Println(mistake())
	}
}

func missingConstructor() error {
	c := container.New()
	c.ProvideAll(NewJoinMeetingHandler) // NewStore is missing
	_, err := bootstrap.New(c, commands, nil)
	return err
}

func wrongConstructor() error {
	c := container.New()
	c.ProvideAll(NewStore, func(store *Store) JoinMeetingHandler { // not a pointer
		return JoinMeetingHandler{store: store}
	})
	_, err := bootstrap.New(c, commands, nil)
	return err
}

type MoveHandler struct{ mediator *cqrs.Mediator }

func NewMoveHandler(mediator *cqrs.Mediator) *MoveHandler { return &MoveHandler{mediator: mediator} }

func (h *MoveHandler) Handle(ctx context.Context, c LeaveMeeting) error {
	return h.mediator.Send(ctx, JoinMeeting{User: c.User})
}

func mediatorInHandler() error {
	c := container.New()
	c.ProvideAll(NewMoveHandler)
	_, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[*MoveHandler](m) }, nil)
	return err
}

type Changes struct{}

func NewChanges() (*Changes, container.Finalizer) {
	changes := &Changes{}
	return changes, container.Transaction(changes)
}

func (*Changes) Commit() error   { return nil }
func (*Changes) Rollback() error { return nil }

type Archive struct{ changes *Changes }

func NewArchive(changes *Changes) *Archive { return &Archive{changes: changes} }

type ArchiveHandler struct{ archive *Archive }

func NewArchiveHandler(archive *Archive) *ArchiveHandler { return &ArchiveHandler{archive: archive} }

func (h *ArchiveHandler) Handle(context.Context, LeaveMeeting) error { return nil }

func archive(m *cqrs.RequestMap) { cqrs.BindCommand[*ArchiveHandler](m) }

func captiveDependency() error {
	c := container.New()
	c.Provide(NewChanges, container.Scoped())
	c.ProvideAll(NewArchive, NewArchiveHandler) // the archive would keep the changes of one request
	_, err := bootstrap.New(c, archive, nil)
	return err
}

func forgottenScoped() error {
	c := container.New()
	c.ProvideAll(NewChanges, NewArchive, NewArchiveHandler) // NewChanges must be scoped
	_, err := bootstrap.New(c, archive, nil)
	return err
}

type UserLeft struct {
	cqrs.DomainEvent
	User string
}

type LeaveMeetingHandler struct{ cqrs.EventRecorder }

func NewLeaveMeetingHandler() *LeaveMeetingHandler { return &LeaveMeetingHandler{} }

func (h LeaveMeetingHandler) Handle(_ context.Context, c LeaveMeeting) error { // not a pointer
	h.Record(UserLeft{User: c.User})
	return nil
}

func copiedHandler() error {
	c := container.New()
	c.ProvideAll(NewLeaveMeetingHandler)
	_, err := bootstrap.New(c, func(m *cqrs.RequestMap) { cqrs.BindCommand[*LeaveMeetingHandler](m) }, nil)
	return err
}

type EndMeeting struct{ cqrs.Command }

type EndMeetingHandler struct{ cqrs.Records1[UserLeft] }

func NewEndMeetingHandler() *EndMeetingHandler { return &EndMeetingHandler{} }

func (h *EndMeetingHandler) Handle(context.Context, EndMeeting) error {
	h.Record(UserLeft{User: "Ann"})
	return nil
}

func end(m *cqrs.RequestMap) { cqrs.BindCommand[*EndMeetingHandler](m) }

func forgottenMapper() error {
	c := container.New()
	c.ProvideAll(NewEndMeetingHandler)
	_, err := bootstrap.New(c, end, nil, bootstrap.WithProvenEvents()) // nil instead of a mapper
	return err
}

type RoomClosed struct{ cqrs.DomainEvent }

type LightsHandler struct{}

func NewLightsHandler() *LightsHandler { return &LightsHandler{} }

func (*LightsHandler) Handle(context.Context, RoomClosed) error { return nil }

type FarewellHandler struct{}

func NewFarewellHandler() *FarewellHandler { return &FarewellHandler{} }

func (*FarewellHandler) Handle(context.Context, UserLeft) error { return nil }

func deadHandler() error {
	c := container.New()
	c.ProvideAll(NewEndMeetingHandler, NewFarewellHandler, NewLightsHandler)
	_, err := bootstrap.New(c, end, func(m *cqrs.EventMap) {
		cqrs.BindEvent[*FarewellHandler](m)
		cqrs.BindEvent[*LightsHandler](m) // nobody records RoomClosed
	}, bootstrap.WithProvenEvents())
	return err
}

func durableMistakes() error {
	c := container.New()
	c.ProvideAll(NewEndMeetingHandler, NewFarewellHandler, NewLightsHandler)
	_, err := bootstrap.New(c, end, func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[UserLeft]{Name: "meeting.user_left"})
		cqrs.RegisterEvent(m, cqrs.EventType[RoomClosed]{Name: "meeting.user_left"})
		cqrs.BindEvent[*FarewellHandler](m, cqrs.Durable("mail"))
		cqrs.BindEvent[*LightsHandler](m, cqrs.Durable("mail"))
	})
	return err
}

func forgottenTimeout() error {
	c := container.New()
	c.ProvideAll(NewStore, NewJoinMeetingHandler)
	_, err := bootstrap.New(c, commands, nil, bootstrap.WithMiddleware(
		middleware.Require(middleware.Commands(), middleware.HasTimeout()),
	))
	return err
}

func severalMistakes() error {
	c := container.New()
	c.ProvideAll(NewJoinMeetingHandler)
	_, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*JoinMeetingHandler](m)
		cqrs.BindCommand[*JoinMeetingHandler](m)
		cqrs.BindCommand[*ArchiveHandler](m)
	}, nil)
	return err
}

func invalidMessages() error {
	c := container.New()
	c.ProvideAll(NewStore, NewJoinMeetingHandler)
	mediator, err := bootstrap.New(c, commands, nil)
	if err != nil {
		return err
	}
	fmt.Println(mediator.Send(context.Background(), LeaveMeeting{User: "Ann"}))
	fmt.Println(mediator.Send(context.Background(), &JoinMeeting{User: "Ann"}))
	return mediator.Publish(context.Background(), &UserLeft{User: "Ann"})
}
