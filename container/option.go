package container

import (
	"fmt"
	"reflect"

	"go.uber.org/dig"
)

// An Option is an option for Provide and, where that makes sense, for Decorate.
type Option interface {
	dig.ProvideOption
	dig.DecorateOption
	fmt.Stringer
}

// Scoped says that a constructor runs at most once in each request, when
// something in the request first needs one of its results. On a decorator of
// a singleton it says that the decorator runs in each request.
//
// It is an option for a [Container]; dig's own Provide refuses it.
func Scoped() Option { return newLifetimeOption(scoped) }

// Singleton says that a constructor runs once although a mapper binds the
// handler that it provides. Such a handler serves many requests at once, so it
// must be safe for concurrent use and cannot record events.
//
// It is an option for a [Container]; dig's own Provide refuses it.
func Singleton() Option { return newLifetimeOption(singleton) }

// Name is dig.Name, for constructors of any lifetime.
func Name(name string) dig.ProvideOption { return dig.Name(name) }

// Group is dig.Group, for constructors of any lifetime.
func Group(group string) dig.ProvideOption { return dig.Group(group) }

// As is dig.As, for constructors of any lifetime.
func As(interfaces ...any) dig.ProvideOption { return dig.As(interfaces...) }

type lifetime int

const (
	unset     lifetime = iota // a singleton, or a handler if a mapper binds it
	scoped                    // once in a request
	singleton                 // once, even if a mapper binds it
)

// A lifetimeOption satisfies dig's sealed option interfaces by embedding
// options of dig. The embedded name has a backquote, which dig forbids: dig's
// own Provide refuses the option with a text that says where it belongs. For
// Decorate dig has nothing to refuse with, so there it panics when it is used.
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

// Settings are what the options of one Provide or Decorate come to.
type settings struct {
	life  lifetime
	name  string
	group string
	as    []any
	at    dig.ProvideOption   // LocationForPC, if that was given
	info  []dig.ProvideOption // each FillProvideInfo
	alien []string            // options that only dig can honour, not a request
}

// readProvideOptions sorts the options of a Provide: graph shape the key and the
// group of the results and go to every dig container that sees the
// constructor, all is what dig's own container gets for a singleton.
//
// dig's options are read back as the strings and slices that they are; newConstructor
// compares the outcome with what dig itself makes of the same options, so a change in
// dig is an error and not a surprise.
func readProvideOptions(opts []dig.ProvideOption) (s settings, shape, all []dig.ProvideOption, err error) {
	for i, opt := range opts {
		if opt == nil {
			return s, nil, nil, fmt.Errorf("option %d is nil", i+1)
		}
		if l, ok := opt.(lifetimeOption); ok {
			if s.life != unset && s.life != l.life {
				return s, nil, nil, fmt.Errorf("Scoped() and Singleton() exclude each other")
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
		case name == "Export": // a container is its own root: nothing to do
		default:
			s.alien = append(s.alien, name)
		}
	}
	return s, shape, all, nil
}

func readDecorateOptions(opts []dig.DecorateOption) (s settings, all []dig.DecorateOption, err error) {
	for i, opt := range opts {
		if opt == nil {
			return s, nil, fmt.Errorf("option %d is nil", i+1)
		}
		if l, ok := opt.(lifetimeOption); ok {
			if l.life == singleton {
				return s, nil, fmt.Errorf("Singleton() is for the constructors of handlers")
			}
			s.life = l.life
			continue
		}
		all = append(all, opt)
		if name := optionName(opt, "Decorator"); name != "FillDecorateInfo" {
			s.alien = append(s.alien, name)
		}
	}
	return s, all, nil
}

// optionName returns the name of the function that made an option of dig, or of a
// [Container]. whose says if callbacks are for a Provider or a Decorator.
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
