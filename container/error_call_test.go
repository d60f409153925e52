package container_test

import (
	"context"
	"testing"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
)

// faultyCalls are calls of a container that it rejects.
func faultyCalls() []faulty {
	callback := dig.WithProviderCallback(func(dig.CallbackInfo) {})
	return []faulty{
		{"nil_container", container.ErrRefused, func(*testing.T) error { return container.Wrap(nil).Provide(begin) }},
		{"nil_context", container.ErrNilContext, func(*testing.T) error {
			var none context.Context
			return container.New().Close(none)
		}},
		{"refused", container.ErrRefused, func(t *testing.T) error {
			return containerOf(t, ctor(openDatabase)).Provide(openBrokenDatabase)
		}},
		{"refused_option", container.ErrRefused, func(t *testing.T) error {
			return container.New().Provide(openDatabase, callback, container.Scoped())
		}},
		{"refused_kind", container.ErrRefused, func(t *testing.T) error { return container.New().Provide("database") }},
		{"refused_kind_of_decorator", container.ErrRefused, func(t *testing.T) error {
			return container.New().Decorate("database")
		}},
		{"refused_kind_of_function", container.ErrRefused, func(t *testing.T) error {
			return container.New().Invoke("database")
		}},
		{"refused_nil", container.ErrRefused, func(t *testing.T) error {
			return container.New().Provide((func() *database)(nil))
		}},
		{"refused_option_without_constructor", container.ErrRefused, func(t *testing.T) error {
			return faults(t, container.New().ProvideAll(openDatabase, container.Scoped()))[0]
		}},
		{"refused_scoped", container.ErrRefused, func(t *testing.T) error {
			return containerOf(t, scoped(begin)).Provide(beginBroken, container.Scoped())
		}},
		{"refused_method", container.ErrRefused, func(t *testing.T) error {
			return containerOf(t, ctor((&factory{}).text)).Provide((&factory{}).text)
		}},
		{"refused_as", container.ErrRefused, func(t *testing.T) error {
			return container.New().Provide(openDatabase, dig.As(nil))
		}},
		{"refused_decorator", container.ErrRefused, func(t *testing.T) error {
			c := container.New()
			decorated(t, c, traced)
			return c.Decorate(tracedBroken)
		}},
		{"scoped", container.ErrScoped, func(t *testing.T) error {
			return own(t, containerOf(t, ctor(openDatabase), scoped(begin)).Invoke(traced))
		}},
		{"scoped_group", container.ErrScoped, func(t *testing.T) error {
			c := containerOf(t, scoped(oneText, dig.Group("texts")), ctor(hold[texts]))
			compiled(t, c, rootOf[*holder[texts]]())
			return own(t, c.Invoke(sameTexts))
		}},
	}
}
