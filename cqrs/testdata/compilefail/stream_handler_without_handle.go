// A handler of a stream has a method Handle.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type Nobody struct{}

func bind(m *cqrs.RequestMap) { cqrs.BindStream[*Nobody](m) }
