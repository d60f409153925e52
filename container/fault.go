package container

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/digcqrs/digcqrs/internal/errtext"
	"github.com/digcqrs/digcqrs/internal/safe"
)

// fault is a single mistake: a key that nothing provides, a captive dependency, or something
// that is being made.
type fault struct {
	at      *visit // where it is found first, on a shortest path from a root
	missing key
	captive []key
	making  *need
	askers  askers
}

func (f *fault) err(b *compiler) error {
	t, c := f.at.trail(), f.at.part.ctor
	switch {
	case f.making != nil:
		return makingError(f.making, t)
	case f.captive == nil:
		return missingError(f.missing, t, f.askers.count-1, b.fix(f.missing))
	}
	others := b.askersOf(f.at.part) - 1 // a root is in requests, so that somebody asks for what is not
	switch {
	case c.decorates:
		return captiveDecoratorError(c, f.captive, t, others)
	case f.at.from.part.ctor.isStandIn() && f.at.from.part.ctor.life == singleton:
		return captiveHandlerError(f.captive, t)
	default:
		return captiveError(c, f.captive, t, others)
	}
}

func missingError(k key, path trail, others int, fix text) error {
	return newError(ErrMissing, nil, "nothing provides %v, which is %s%s; %v", k, path.neededBy(), and(others), fix)
}

// makingError is the error of a constructor that asks for what is being made from it.
func makingError(n *need, path trail) error {
	return newError(ErrCycle, n.making, "dependency cycle: %v is %s, and is being made from it; %v",
		n.param.key, path.neededBy(), n.making)
}

// lackingError is the error of a request that needs a missing value. Only a dependent that
// can do without the value receives it.
func lackingError(k key) error { return newError(ErrMissing, nil, "nothing provides %v", k) }

func missingHandlerError(t reflect.Type, bound string, suggestions []key) error {
	return newError(ErrMissing, nil, "nothing provides the handler %v (%s); %v", t, bound,
		didYouMean(suggestions, "provide its constructor to the container"))
}

// didYouMean suggests keys, or another fix if there are none.
func didYouMean(suggestions []key, otherwise string) text {
	if len(suggestions) == 0 {
		return errtext.Part("%s", otherwise)
	}
	return errtext.Part("did you mean %v?", errtext.Or(suggestions))
}

func emptyText(k key, path trail, others int, suggestions []key) text {
	return errtext.Part("the value group %v, which is %s%s, is empty; did you mean %v?",
		k, path.neededBy(), and(others), errtext.Or(suggestions))
}

// endOf returns the name of the function that makes a Finalizer of a transaction.
func endOf(tx reflect.Type) string {
	commit, _ := tx.MethodByName("Commit")
	if arguments := commit.Type.NumIn(); tx.Kind() == reflect.Interface && arguments > 0 || arguments > 1 {
		return "TransactionContext"
	}
	return "Transaction"
}

func endlessText(ctor *constructor, k key) text {
	return errtext.Part("the scoped constructor %s returns the transaction %v without a Finalizer, so that nothing commits it "+
		"or rolls it back; also return container.%s(tx)", ctor.where, k, endOf(k.t))
}

func captiveError(holder *constructor, captive []key, path trail, others int) error {
	who, why := heldBy(holder, path, others)
	return newError(ErrCaptive, nil,
		"captive dependency: the singleton constructor %s needs %v%s; mark the constructor with container.Scoped()",
		who, scopedText(captive), why)
}

// heldBy describes the constructor, and what needs it.
func heldBy(holder *constructor, path trail, others int) (who, why string) {
	who = holder.where.String()
	out := path[:len(path)-1]
	if out.isRoot() {
		return who + ", " + out.String() + and(others) + ",", ""
	}
	return who, " (" + out.neededBy() + and(others) + ")"
}

func captiveHandlerError(captive []key, path trail) error {
	return newError(ErrCaptive, nil,
		"captive dependency: the singleton handler constructor %v, needs %v; remove container.Singleton()",
		path, scopedText(captive))
}

// scopedText says that keys are scoped.
func scopedText(keys []key) text {
	are := "are"
	if len(keys) == 1 {
		are = "is"
	}
	return errtext.Part("%v, which %s scoped", errtext.And(keys), are)
}

// and says how many others have the same need.
func and(others int) string {
	switch {
	case others <= 0:
		return ""
	case others == 1:
		return ", and by 1 other"
	default:
		return fmt.Sprintf(", and by %d others", others)
	}
}

func cycleError(cycle []*constructor, others int) error {
	also := ""
	switch {
	case others == 1:
		also = " (1 other constructor is in a cycle with these)"
	case others > 1:
		also = fmt.Sprintf(" (%d other constructors are in a cycle with these)", others)
	}
	return newError(ErrCycle, nil,
		"dependency cycle: %v%s; break it, for example by setting one of the dependencies after construction",
		errtext.Join(placesOf(cycle), " needs "), also)
}

func rawCycleError(cause error) error {
	lines := safe.Cut(strings.Join(strings.Fields(safe.Text(cause)), " "))
	return newError(ErrCycle, cause,
		"dependency cycle among constructors provided directly to dig: %s; "+
			"break it, for example by setting one of the dependencies after construction", lines)
}

func captiveDecoratorError(d *constructor, captive []key, path trail, others int) error {
	who, why := heldBy(d, path, others)
	return newError(ErrCaptive, nil,
		"captive dependency: the singleton decorator %s needs %v%s; mark the decorator with container.Scoped()",
		who, scopedText(captive), why)
}

func transactionError(holder *constructor, path trail, others int) error {
	kind, fix := "constructor", "mark the constructor with container.Scoped()"
	switch {
	case holder.decorates:
		kind, fix = "decorator", "mark the decorator with container.Scoped()"
	case holder.life == singleton:
		fix = "remove container.Singleton()"
	}
	who, why := heldBy(holder, path, others)
	return newError(ErrCaptive, nil,
		"captive dependency: the singleton %s %s returns a container.Transaction, which all requests would share "+
			"until Container.Close commits it%s; %s", kind, who, why, fix)
}
