package container

import (
	"reflect"

	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

// location is the place where a constructor was written.
type location struct{ errtext.Place }

func locate(fn reflect.Value) location { return location{errtext.Locate(fn.Interface())} }

// String returns "app.NewTx (tx.go:12)", with the file as the compiler knows it, or only
// the name of a method value.
func (l location) String() string { return l.Named() }

// locationIn returns the argument of dig.LocationForPC. dig keeps it as a pointer to a
// struct with these fields; should that change, the constructor's own location is used.
func locationIn(opt dig.ProvideOption) (l location, ok bool) {
	v := reflect.ValueOf(opt)
	if v.Type() != reflect.TypeOf(dig.LocationForPC(0)) || v.NumField() != 1 {
		return location{}, false
	}
	f := reflect.Indirect(v.Field(0))
	if f.Kind() != reflect.Struct {
		return location{}, false // there is no function at this address
	}
	pkg, name, file, line := f.FieldByName("Package"), f.FieldByName("Name"), f.FieldByName("File"), f.FieldByName("Line")
	for _, text := range []reflect.Value{pkg, name, file} {
		if text.Kind() != reflect.String {
			return location{}, false
		}
	}
	if line.Kind() != reflect.Int {
		return location{}, false
	}
	return location{errtext.PlaceOf(pkg.String()+"."+name.String(), file.String(), int(line.Int()))}, true
}
