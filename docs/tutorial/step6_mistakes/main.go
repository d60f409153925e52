package main

import (
	"context"
	"fmt"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
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
		missingConstructor, wrongConstructor, captiveDependency, forgottenScoped, severalMistakes, invalidMessages,
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
	return mediator.Send(context.Background(), &JoinMeeting{User: "Ann"})
}
