// A handler of a command has a method Handle.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type Nobody struct{}

func bind(m *cqrs.RequestMap) { cqrs.BindCommand[*Nobody](m) }
