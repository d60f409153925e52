package sqloutbox_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

var (
	errDeadlock = errors.New("deadlock")
	errBroken   = errors.New("broken")
)

// failing is a database whose statements fail with these errors, one after the other.
type failing struct {
	sqloutbox.Database
	errs  []error
	calls int
}

func (f *failing) Exec(context.Context, sqloutbox.Command) (int64, error) {
	f.calls++
	return 1, f.errs[min(f.calls, len(f.errs))-1]
}

func TestStore_Retries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		errs  []error
		calls int
		want  error
	}{
		{"repeats what has failed because of another transaction", []error{errDeadlock, errDeadlock, nil}, 3, nil},
		{"gives up at some time", []error{errDeadlock}, 5, errDeadlock},
		{"repeats nothing else", []error{errBroken}, 1, errBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := &failing{errs: c.errs}
			s, err := sqloutbox.New(db, &sqloutbox.Dialect{
				Names:      sqloutbox.Names{Prefix: sqloutbox.DefaultPrefix},
				Migrations: fstest.MapFS{},
				Retry:      func(err error) bool { return errors.Is(err, errDeadlock) },
				Statements: func(q func(string) *sqloutbox.Statement) sqloutbox.Statements {
					return sqloutbox.Statements{Resume: q("DELETE")}
				},
			})
			require.NoError(t, err)
			require.ErrorIs(t, s.Resume(t.Context(), "mail"), c.want)
			assert.Equal(t, c.calls, db.calls)
		})
	}
}
