package cqrs

import (
	"context"
	"reflect"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// EventType is how a type of event is stored for durable subscriptions.
type EventType[E Event] struct {
	// Name identifies the type in the database, such as "meeting.user_joined". It must stay the
	// same when the Go type is renamed or moved.
	Name string
	// FormerNames are names under which events may still be stored.
	FormerNames []string
	// Key returns what the event keeps its order by, such as the ID of its aggregate. Subscriptions
	// that are [InOrder] need it. It must be safe for concurrent use.
	Key func(event E) string
	// Decode decodes an event that was stored under the given name, for instance in a former
	// shape. The default is the codec of the mediator. It must be safe for concurrent use.
	Decode func(name string, data []byte) (E, error)
}

// RegisterEvent makes it possible to store events of a type. bootstrap.New reports an invalid
// registration, and a second one of the same type or name, as a [*RegistrationError].
func RegisterEvent[E Event](m *EventMap, t EventType[E]) {
	m.types = append(m.types, newMessageType(errtext.CallerPlace(), t.Name, t.FormerNames, t.Key, t.Decode))
}

// CommandType is how a type of command is stored that is to be sent later.
type CommandType[C any] struct {
	// Name identifies the type in the database, such as "meeting.remind". It must stay the same
	// when the Go type is renamed or moved.
	Name string
	// FormerNames are names under which commands may still be stored.
	FormerNames []string
	// Decode decodes a command that was stored under the given name, for instance in a former
	// shape. The default is the codec of the mediator. It must be safe for concurrent use.
	Decode func(name string, data []byte) (C, error)
}

// RegisterCommand makes it possible to send commands of a type later, with [Schedule]. The
// command must be bound. bootstrap.New reports an invalid registration, and a second one of the
// same type or name, as a [*RegistrationError].
func RegisterCommand[C Request[R], R any](m *RequestMap, t CommandType[C]) {
	m.types = append(m.types, newMessageType[C](errtext.CallerPlace(), t.Name, t.FormerNames, nil, t.Decode))
}

// messageType is a registered type of event or command.
type messageType struct {
	message     reflect.Type
	name        string
	formerNames []string
	at          errtext.Place
	module      string
	key         func(message any) string                    // nil if there is none
	decode      func(name string, data []byte) (any, error) // nil for the codec
	pointer     func() any                                  // to a new message
	value       func(pointer any) any
}

func newMessageType[M any](
	at errtext.Place, name string, former []string, key func(M) string, decode func(string, []byte) (M, error),
) *messageType {
	t := &messageType{
		message: reflect.TypeFor[M](), name: name, formerNames: former, at: at,
		pointer: func() any { return new(M) },
		value:   func(p any) any { return *p.(*M) },
	}
	if key != nil {
		t.key = func(message any) string { return key(message.(M)) }
	}
	if decode != nil {
		t.decode = func(name string, data []byte) (any, error) { return decode(name, data) }
	}
	return t
}

// names returns the name and the former names.
func (t *messageType) names() []string { return append([]string{t.name}, t.formerNames...) }

// subscription returns the name of the subscription by which commands of the type are stored.
func (t *messageType) subscription() string { return commandPrefix + t.name }

// position returns where the type was registered: the file:line and the module.
func (t *messageType) position() string { return positionIn(t.module, t.at.String()) }

// encode encodes a message of the type, and returns its key.
func (t *messageType) encode(ctx context.Context, m *Mediator, message any) (payload []byte, key string, err error) {
	err = m.guard(ctx, t.message, "the function Key of "+t.name, func() error {
		if t.key != nil {
			key = t.key(message)
		}
		return nil
	})
	if err == nil {
		err = m.guard(ctx, t.message, "the codec", func() (err error) {
			payload, err = m.codec.Encode(message)
			return err
		})
	}
	return payload, key, err
}

// decodeFrom decodes a message that was stored under the given name.
func (t *messageType) decodeFrom(ctx context.Context, m *Mediator, name string, data []byte) (message any, err error) {
	err = m.guard(ctx, t.message, "the decoder of "+t.name, func() (err error) {
		if t.decode != nil {
			message, err = t.decode(name, data)
			return err
		}
		p := t.pointer()
		err = m.codec.Decode(data, p)
		message = t.value(p)
		return err
	})
	return message, err
}
