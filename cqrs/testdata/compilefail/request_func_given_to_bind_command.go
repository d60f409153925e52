// A query is bound with BindRequest, even if its handler is a function.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type ReadMeeting struct{ cqrs.Query[string] }

func bind(m *cqrs.RequestMap) { cqrs.BindCommand[cqrs.RequestFunc[ReadMeeting, string]](m) }
