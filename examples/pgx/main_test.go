package main_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zaptest"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
	program "github.com/digcqrs/digcqrs/examples/pgx"
	"github.com/digcqrs/digcqrs/internal/render"
)

// defaultURL is where PostgreSQL runs unless DATABASE_URL says otherwise.
const defaultURL = "postgres://postgres@127.0.0.1:5432/test"

// connect sets DATABASE_URL. It skips the test if no PostgreSQL runs there.
func connect(t *testing.T) {
	t.Helper()
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		url = defaultURL
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		if os.Getenv("CI") != "" {
			require.NoError(t, err, "CI is set, so PostgreSQL must run at %s", url)
		}
		t.Skipf("PostgreSQL is not running at %s; set DATABASE_URL: %v", url, err)
	}
	require.NoError(t, conn.Close(ctx))
	t.Setenv("DATABASE_URL", url)
}

func TestProgram(t *testing.T) {
	connect(t)
	exampletest.Run(t)
}

// PostgreSQL refuses what a query writes.
func TestBeginTx_ReadOnly(t *testing.T) {
	connect(t)
	c := container.New()
	require.NoError(t, errors.Join(
		c.ProvideAll(program.OpenPool, func(tx pgx.Tx) cqrs.RequestFunc[program.CountMembers, int] {
			return func(ctx context.Context, _ program.CountMembers) (int, error) {
				_, err := tx.Exec(ctx, "CREATE TABLE digcqrs_read_only ()") // writing to a temporary table is allowed
				return 0, err
			}
		}),
		c.Provide(program.BeginTx, container.Scoped()),
	))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindRequest[cqrs.RequestFunc[program.CountMembers, int]](m)
	}, nil, bootstrap.WithLogger(zaptest.NewLogger(t)))
	require.NoError(t, err)
	_, err = cqrs.Send(t.Context(), m, program.CountMembers{})
	var failure *pgconn.PgError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "25006", failure.Code, "read_only_sql_transaction")
	require.NoError(t, c.Close(t.Context()))
}

// Nothing connects to PostgreSQL until a request begins a transaction.
func TestPictures(t *testing.T) {
	t.Parallel()
	c := container.New()
	m, err := program.NewMediator(c)
	render.AssertPictures(t, m.Topology(), err)
	require.NoError(t, c.Close(t.Context()))
}
