// A handler of a query has a method Handle.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type Nobody struct{}

func bind(m *cqrs.RequestMap) { cqrs.BindRequest[*Nobody](m) }
