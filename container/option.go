package container

import (
	"fmt"
	"reflect"

	"go.uber.org/dig"
)

// Option is an option of Provide and, where it makes sense, of Decorate.
type Option interface {
	dig.ProvideOption
	dig.DecorateOption
	fmt.Stringer
}

// Scoped makes a constructor run at most once per request, when something in the request
// first needs one of its results. A decorator of a singleton runs in each request if it is
// scoped.
//
// Scoped is an option for a [Container]; dig's own Provide rejects it.
func Scoped() Option { return newLifetimeOption(scoped) }

// Singleton makes a constructor run only once even if a mapper binds the handler that it
// provides. Such a handler serves many requests at once, so it must be safe for concurrent
// use and cannot record events.
//
// Singleton is an option for a [Container]; dig's own Provide rejects it.
func Singleton() Option { return newLifetimeOption(singleton) }

// Name is dig.Name for constructors of any lifetime.
func Name(name string) dig.ProvideOption { return dig.Name(name) }

// Group is dig.Group for constructors of any lifetime.
func Group(group string) dig.ProvideOption { return dig.Group(group) }

// As is dig.As for constructors of any lifetime.
func As(interfaces ...any) dig.ProvideOption { return dig.As(interfaces...) }

type lifetime int

const (
	unset     lifetime = iota // a singleton, or a handler if a mapper binds it
	scoped                    // once per request
	singleton                 // once, even if a mapper binds it
)

// lifetimeOption satisfies dig's sealed option interfaces by embedding options of dig. The
// embedded name contains a backquote, which dig forbids, so dig's own Provide rejects the
// option with a text that says where it belongs. dig's Decorate has no such check, so
// there the option panics when the decorator runs.
type lifetimeOption struct {
	dig.ProvideOption
	dig.DecorateOption
	life lifetime
}

func newLifetimeOption(l lifetime) lifetimeOption {
	o := lifetimeOption{life: l}
	refusal := "`container." + o.String() + "`: only a container.Container knows this option, dig does not"
	o.ProvideOption = dig.Name(refusal)
	o.DecorateOption = dig.WithDecoratorBeforeCallback(func(dig.BeforeCallbackInfo) { panic(refusal) })
	return o
}

func (o lifetimeOption) String() string {
	if o.life == scoped {
		return "Scoped()"
	}
	return "Singleton()"
}

// settings is the combined effect of the options of one Provide or Decorate.
type settings struct {
	life        lifetime
	name        string
	group       string
	as          []any
	at          dig.ProvideOption   // LocationForPC, if given
	info        []dig.ProvideOption // each FillProvideInfo
	unsupported []string            // options that dig supports but a request does not
}

// readProvideOptions sorts the options of a Provide. shape are those that determine the
// key and the group of the results; every dig container that sees the constructor gets
// them. all are those that dig's own container gets for a singleton.
//
// dig's options are read back through reflection as the strings and slices that they are.
// newConstructor compares the result with what dig itself makes of the same options, so
// that a change in dig causes an error instead of a surprise.
func readProvideOptions(opts []dig.ProvideOption) (s settings, shape, all []dig.ProvideOption, err error) {
	for i, opt := range opts {
		if opt == nil {
			return s, nil, nil, fmt.Errorf("option %d is nil; remove it", i+1)
		}
		if l, ok := opt.(lifetimeOption); ok {
			if s.life != unset && s.life != l.life {
				return s, nil, nil, fmt.Errorf("Scoped() and Singleton() are mutually exclusive; remove one of them")
			}
			s.life = l.life
			continue
		}
		all = append(all, opt)
		v := reflect.ValueOf(opt)
		switch name := optionName(opt, "Provider"); {
		case name == "Name" && v.Kind() == reflect.String:
			s.name = v.String()
			shape = append(shape, opt)
		case name == "Group" && v.Kind() == reflect.String:
			s.group = v.String()
			shape = append(shape, opt)
		case name == "As" && v.Kind() == reflect.Slice:
			for j := range v.Len() {
				s.as = append(s.as, v.Index(j).Interface())
			}
			shape = append(shape, opt)
		case name == "LocationForPC":
			s.at = opt
			shape = append(shape, opt)
		case name == "FillProvideInfo":
			s.info = append(s.info, opt)
		case name == "Export": // a container is its own root, so there is nothing to do
		default:
			s.unsupported = append(s.unsupported, name)
		}
	}
	return s, shape, all, nil
}

func readDecorateOptions(opts []dig.DecorateOption) (s settings, all []dig.DecorateOption, err error) {
	for i, opt := range opts {
		if opt == nil {
			return s, nil, fmt.Errorf("option %d is nil; remove it", i+1)
		}
		if l, ok := opt.(lifetimeOption); ok {
			if l.life == singleton {
				return s, nil, fmt.Errorf("Singleton() is only for constructors of handlers; remove it")
			}
			s.life = l.life
			continue
		}
		all = append(all, opt)
		if name := optionName(opt, "Decorator"); name != "FillDecorateInfo" {
			s.unsupported = append(s.unsupported, name)
		}
	}
	return s, all, nil
}

// optionName returns the name of the function that made an option of dig or of a
// [Container]. whose is "Provider" or "Decorator", for the names of callbacks.
func optionName(opt any, whose string) string {
	if l, ok := opt.(lifetimeOption); ok {
		return l.String()
	}
	switch t := reflect.TypeOf(opt); t {
	case reflect.TypeOf(dig.Name("")):
		return "Name"
	case reflect.TypeOf(dig.Group("")):
		return "Group"
	case reflect.TypeOf(dig.As()):
		return "As"
	case reflect.TypeOf(dig.LocationForPC(0)):
		return "LocationForPC"
	case reflect.TypeOf(dig.FillProvideInfo(nil)):
		return "FillProvideInfo"
	case reflect.TypeOf(dig.FillDecorateInfo(nil)):
		return "FillDecorateInfo"
	case reflect.TypeOf(dig.Export(true)):
		return "Export"
	case reflect.TypeOf(dig.WithProviderCallback(nil)):
		return "With" + whose + "Callback"
	case reflect.TypeOf(dig.WithProviderBeforeCallback(nil)):
		return "With" + whose + "BeforeCallback"
	default:
		return t.String()
	}
}
