package main_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/examples/internal/exampletest"
)

// defaultURL is where PostgreSQL runs unless DATABASE_URL says otherwise.
const defaultURL = "postgres://postgres@127.0.0.1:5432/test"

func TestProgram(t *testing.T) {
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
	exampletest.Run(t)
}
