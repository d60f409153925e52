package sqloutbox_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

func dialect() *sqloutbox.Dialect {
	return &sqloutbox.Dialect{Names: sqloutbox.Names{Prefix: "My_", Schema: "app", HasSchema: true, Quote: `"`}}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	t.Run("has the names of the user", func(t *testing.T) {
		t.Parallel()
		s := dialect().Compile("CREATE INDEX outbox_events_time ON outbox_events (time)")
		assert.Equal(t, `CREATE INDEX "My_events_time" ON "app"."My_events" (time)`, s.Text(1))
	})
	t.Run("repeats its row", func(t *testing.T) {
		t.Parallel()
		s := dialect().Compile("INSERT INTO x VALUES [[(?, ?)]] RETURNING y")
		assert.Equal(t, "INSERT INTO x VALUES (?, ?) RETURNING y", s.Text(1))
		assert.Equal(t, "INSERT INTO x VALUES (?, ?), (?, ?) RETURNING y", s.Text(2))
		s = dialect().Compile("[[SELECT ?| UNION ALL ]]")
		assert.Equal(t, "SELECT ? UNION ALL SELECT ?", s.Text(2))
	})
	t.Run("numbers its arguments", func(t *testing.T) {
		t.Parallel()
		d := dialect()
		d.Numbered = true
		s := d.Compile("DELETE FROM x WHERE a = ? AND b IN ([[?]])")
		assert.Equal(t, "DELETE FROM x WHERE a = $1 AND b IN ($2, $3)", s.Text(2))
	})
	t.Run("takes a power of two of rows, and all of them together", func(t *testing.T) {
		t.Parallel()
		s := dialect().Compile("DELETE FROM x WHERE a = ? AND b IN ([[?]])")
		for n := range 300 {
			rows := make([][]any, n)
			for i := range rows {
				rows[i] = []any{i}
			}
			var got []any
			for _, c := range s.Each(rows, "fixed") {
				require.Equal(t, "fixed", c.Args[0])
				require.Equal(t, len(c.Args), strings.Count(c.Text, "?"))
				got = append(got, c.Args[1:]...)
			}
			require.Len(t, got, n)
			for i, arg := range got {
				require.Equal(t, i, arg)
			}
		}
	})
	t.Run("can be padded", func(t *testing.T) {
		t.Parallel()
		c := dialect().Compile("SELECT [[?]]").Padded([][]any{{1}, {2}, {3}}, []any{0})
		assert.Equal(t, sqloutbox.Command{Text: "SELECT ?, ?, ?, ?", Args: []any{1, 2, 3, 0}}, c)
	})
	t.Run("without a row to repeat runs once for each", func(t *testing.T) {
		t.Parallel()
		assert.Len(t, dialect().Compile("DELETE FROM x WHERE a = ?").Each([][]any{{1}, {2}, {3}}), 3)
	})
}
