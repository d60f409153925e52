// What the container builds as a middleware has the method of one.
package app

import "github.com/digcqrs/digcqrs/cqrs"

type Auditor struct{}

var middleware = cqrs.Built[*Auditor]()
