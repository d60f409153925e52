package container_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/testkit"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

type (
	database    struct{}
	transaction struct{}
	accounts    struct{}
	journal     struct{}
	joinHandler struct{}
	readHandler struct{}
)

var errDown = errors.New("connection refused")

func openDatabase() *database                                { return &database{} }
func openBrokenDatabase() (*database, error)                 { return nil, errDown }
func begin(*database) *transaction                           { return &transaction{} }
func beginBroken() (*transaction, error)                     { return nil, errDown }
func newAccounts(*transaction) *accounts                     { return &accounts{} }
func newJoinHandler(*accounts) *joinHandler                  { return &joinHandler{} }
func newReadHandler() *readHandler                           { return &readHandler{} }
func newBothHandlers() (*joinHandler, *readHandler)          { return nil, nil }
func newAccountsOfJournal(*journal) *accounts                { return &accounts{} }
func newJournalOfAccounts(*accounts) *journal                { return &journal{} }
func newContext() context.Context                            { return context.Background() }
func withTransaction(db *database, _ *transaction) *database { return db }
func sameHandler(h *joinHandler) *joinHandler                { return h }
func sameTexts(in texts) textsOut                            { return textsOut{All: in.All} }
func traced(tx *transaction) *transaction                    { return tx }
func tracedBroken(*transaction) (*transaction, error)        { return nil, errDown }
func tracedBrokenDatabase(*database) (*database, error)      { return nil, errors.New("connection refused") }
func oneText() string                                        { return "one" }
func newJournal(*transaction) *journal                       { return &journal{} }
func newJournalOfBoth(*transaction, *accounts) *journal      { return &journal{} }
func newAccountsOfBoth(*transaction, *journal) *accounts     { return &accounts{} }
func beginForJournal(*journal) *transaction                  { return &transaction{} }

func beginWithFinalizer() (*transaction, container.Finalizer) {
	return &transaction{}, func(context.Context, error) error { return errDown }
}

// faulty is the name of a golden file, and a program that gets the error in it.
type faulty struct {
	name   string
	reason error
	err    func(t *testing.T) error
}

// own returns the container's own error in a chain.
func own(t *testing.T, err error) *container.Error {
	t.Helper()
	fault, ok := errors.AsType[*container.Error](err)
	require.True(t, ok, "%v", err)
	return fault
}

func compileFault(roots []wiring.Root, all ...provided) func(t *testing.T) error {
	return func(t *testing.T) error { return soleFault(t, containerOf(t, all...), roots...) }
}

func bound[T any](at string) wiring.Root {
	root := rootOf[T]()
	root.Bound = at
	return root
}

// asked is the root of a value that something other than a handler asks for.
func asked[T any](by string) wiring.Root {
	root := bound[T](by)
	root.Dependency = true
	return root
}

func joinRoots() []wiring.Root {
	return []wiring.Root{bound[*joinHandler]("bound to app.Join at main.go:12")}
}

func auditRoots() []wiring.Root {
	return []wiring.Root{asked[*accounts]("a middleware at main.go:14")}
}

func faultyPrograms() []faulty {
	callback := dig.WithProviderCallback(func(dig.CallbackInfo) {})
	join, audit := joinRoots(), auditRoots()
	return slices.Concat(faultyCalls(), faultyBuilds(), faultySubstitutes(), faultyAdvised(), []faulty{
		{"missing", container.ErrMissing, compileFault(join, scoped(begin), scoped(newAccounts), ctor(newJoinHandler))},
		{"missing_often", container.ErrMissing, compileFault(
			append(join, asked[*journal]("a middleware at main.go:14")),
			scoped(newAccounts), scoped(newJournal), ctor(newJoinHandler),
		)},
		{"missing_suggestion", container.ErrMissing, compileFault(join,
			ctor(openDatabase, dig.Name("primary")), ctor(openDatabase, dig.Name("replica")), ctor(func() database {
				return database{}
			}),
			scoped(begin), scoped(newAccounts), ctor(newJoinHandler),
		)},
		{"missing_handler", container.ErrMissing, compileFault(join)},
		{"missing_handler_suggestion", container.ErrMissing, compileFault(join, ctor(func() joinHandler {
			return joinHandler{}
		}))},
		{"missing_root", container.ErrMissing, compileFault(audit)},
		{"missing_root_suggestion", container.ErrMissing, compileFault(audit, ctor(func() accounts { return accounts{} }))},
		{"missing_below_root", container.ErrMissing, compileFault(audit, scoped(begin), scoped(newAccounts))},
		{"shared_handler", container.ErrHandler, compileFault(
			append(join, asked[*joinHandler]("a middleware at main.go:14")),
			ctor(openDatabase), scoped(begin), scoped(newAccounts), ctor(newJoinHandler),
		)},
		{"raw_handler", container.ErrHandler, func(t *testing.T) error {
			raw := dig.New()
			require.NoError(t, raw.Provide(newJoinHandler))
			require.NoError(t, raw.Provide(newAccounts))
			require.NoError(t, raw.Provide(beginBroken))
			return soleFault(t, container.Wrap(raw), join...)
		}},
		{"crowded_handler", container.ErrHandler, compileFault(join, ctor(newBothHandlers))},
		{"unsupported_option", container.ErrHandler, compileFault(
			[]wiring.Root{bound[*readHandler]("bound to app.Read at main.go:13")}, ctor(newReadHandler, callback),
		)},
		{"captive", container.ErrCaptive, compileFault(join,
			ctor(openDatabase), scoped(begin), ctor(newAccounts), ctor(newJoinHandler),
		)},
		{"captive_often", container.ErrCaptive, compileFault(
			append(join, asked[*accounts]("a middleware at main.go:14")),
			ctor(openDatabase), scoped(begin), scoped(newJournal), ctor(newAccountsOfBoth), ctor(newJoinHandler),
		)},
		{"captive_transaction", container.ErrCaptive, compileFault(join, ctor(beginShared), scoped(newAccounts),
			ctor(newJoinHandler))},
		{"captive_handler", container.ErrCaptive, compileFault(join,
			ctor(openDatabase), scoped(begin), scoped(newAccounts), ctor(newJoinHandler, container.Singleton()),
		)},
		{"captive_root", container.ErrCaptive, compileFault(audit, ctor(openDatabase), scoped(begin), ctor(newAccounts))},
		{"captive_decorator", container.ErrCaptive, func(t *testing.T) error {
			c := containerOf(t, ctor(openDatabase), scoped(begin), scoped(newAccounts), ctor(newJoinHandler))
			decorated(t, c, withTransaction)
			return compileError(t, c, join...)[0]
		}},
		{"cycle", container.ErrCycle, compileFault(nil, scoped(newAccountsOfJournal), scoped(newJournalOfAccounts))},
		{"cycle_often", container.ErrCycle, compileFault(nil,
			scoped(newAccounts), scoped(newJournalOfBoth), scoped(beginForJournal),
		)},
		{"cycle_in_dig", container.ErrCycle, func(t *testing.T) error {
			raw := dig.New(dig.DeferAcyclicVerification())
			require.NoError(t, raw.Provide(newAccountsOfJournal))
			require.NoError(t, raw.Provide(newJournalOfAccounts))
			return soleFault(t, container.Wrap(raw))
		}},
		{"supplied", container.ErrRefused, compileFault(nil, scoped(newContext))},
		{"late_decorator", container.ErrDecorator, func(t *testing.T) error {
			c := containerOf(t, ctor(oneText, dig.Group("texts")))
			decorated(t, c, sameTexts)
			require.NoError(t, c.Invoke(func() {}))
			provideTo(t, c, scoped(oneText, dig.Group("texts")))
			return soleFault(t, c)
		}},
		{"stuck_decorator", container.ErrDecorator, func(t *testing.T) error {
			c := containerOf(t, ctor(openDatabase), ctor(hold[*database]))
			decorated(t, c, tracedBrokenDatabase)
			require.Error(t, c.Invoke(func(*database) {}))
			return soleFault(t, c, rootOf[*holder[*database]]())
		}},
		{"dry_run", container.ErrRefused, func(t *testing.T) error {
			_, err := container.New(dig.DryRun(true)).Compile(nil)
			return err
		}},
		{"handler_decorator", container.ErrDecorator, func(t *testing.T) error {
			c := containerOf(t, ctor(openDatabase), scoped(begin), scoped(newAccounts), ctor(newJoinHandler))
			decorated(t, c, sameHandler)
			return soleFault(t, c, join...)
		}},
		{"unsupported_decorator_option", container.ErrDecorator, func(t *testing.T) error {
			c := containerOf(t, ctor(openDatabase), scoped(begin))
			decorated(t, c, traced, dig.WithDecoratorCallback(func(dig.CallbackInfo) {}))
			return soleFault(t, c)
		}},
	})
}

func TestError_Texts(t *testing.T) {
	t.Parallel()
	for _, f := range faultyPrograms() {
		t.Run(f.name+" matches its golden file", func(t *testing.T) {
			t.Parallel()
			err := f.err(t)
			require.ErrorIs(t, err, f.reason)
			testkit.AssertErrorText(t, f.name, err)
		})
	}

	t.Run("have no unused golden files", func(t *testing.T) {
		t.Parallel()
		var names []string
		for _, f := range faultyPrograms() {
			names = append(names, f.name)
		}
		testkit.AssertErrorFiles(t, names)
	})

	t.Run("begin with the package and have one line", func(t *testing.T) {
		t.Parallel()
		for _, f := range faultyPrograms() {
			err := f.err(t)
			assert.Regexp(t, `^container: `, err.Error(), f.name)
			assert.NotContains(t, err.Error(), "\n", f.name)
		}
	})
}

func TestError(t *testing.T) {
	t.Parallel()

	t.Run("has a reason and a cause", func(t *testing.T) {
		t.Parallel()
		err := containerOf(t, ctor(openDatabase)).Provide(openBrokenDatabase)
		fault := own(t, err)
		assert.Equal(t, container.ErrRefused, fault.Reason)
		require.Error(t, fault.Cause)
		assert.Equal(t, []error{fault.Reason, fault.Cause}, fault.Unwrap())
		_, ok := errors.AsType[dig.Error](err)
		assert.True(t, ok, "dig's error is in the chain")
	})

	t.Run("has only a reason where there is no cause", func(t *testing.T) {
		t.Parallel()
		fault := soleFault(t, container.New(), rootOf[*joinHandler]())
		require.NoError(t, fault.Cause)
		assert.Equal(t, []error{container.ErrMissing}, fault.Unwrap())
	})
}
