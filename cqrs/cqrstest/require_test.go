package cqrstest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
)

func TestRecorder(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		users []string // who join
		ask   func(*cqrstest.Recorder)
		want  string // the first line of the error; empty for none
	}{
		"RequireSent, if none was sent": {
			ask:  func(rec *cqrstest.Recorder) { cqrstest.RequireSent[Join](rec) },
			want: "no cqrstest_test.Join was sent:",
		},
		"RequireSent, if two were sent": {
			users: []string{"ann", "bob"},
			ask:   func(rec *cqrstest.Recorder) { cqrstest.RequireSent[Join](rec) },
			want:  "cqrstest_test.Join was sent twice, not once:",
		},
		"RequireSent, for a message that a handler sends": {
			users: []string{"nested"},
			ask:   func(rec *cqrstest.Recorder) { cqrstest.RequireSent[Welcome](rec) },
		},
		"RequireSent, for one that failed": {
			users: []string{"nobody"},
			ask:   func(rec *cqrstest.Recorder) { cqrstest.RequireSent[Join](rec) },
		},
		"RequireEvent, if none was raised": {
			ask:  func(rec *cqrstest.Recorder) { cqrstest.RequireEvent[Joined](rec) },
			want: "no cqrstest_test.Joined was raised:",
		},
		"RequireEvent, if three were raised": {
			users: []string{"ann", "bob", "carl"},
			ask:   func(rec *cqrstest.Recorder) { cqrstest.RequireEvent[Joined](rec) },
			want:  "cqrstest_test.Joined was raised 3 times, not once:",
		},
		"RequireEvent, if it was rolled back": {
			users: []string{"nobody"},
			ask:   func(rec *cqrstest.Recorder) { cqrstest.RequireEvent[Joined](rec) },
			want:  "cqrstest_test.Joined was raised, but its request was rolled back:",
		},
		"RequireEvent, if one of two was rolled back": {
			users: []string{"nobody", "ann"},
			ask:   func(rec *cqrstest.Recorder) { cqrstest.RequireEvent[Joined](rec) },
		},
		"RequireNoEvent, if there is one": {
			users: []string{"ann"},
			ask:   func(rec *cqrstest.Recorder) { cqrstest.RequireNoEvent[Joined](rec) },
			want:  "cqrstest_test.Joined was raised once, but must not be:",
		},
		"RequireNoEvent, for a pointer": {
			ask:  func(rec *cqrstest.Recorder) { cqrstest.RequireNoEvent[*Joined](rec) },
			want: "*cqrstest_test.Joined is never raised, since messages are values; ask for cqrstest_test.Joined",
		},
		"RequireNoEvent, if it was rolled back": {
			users: []string{"nobody"},
			ask:   func(rec *cqrstest.Recorder) { cqrstest.RequireNoEvent[Joined](rec) },
		},
		"RequireOrder, for a step that is missing": {
			users: []string{"ann"},
			ask:   func(rec *cqrstest.Recorder) { rec.RequireOrder("journal") },
			want:  `there is no step "journal":`,
		},
		"RequireOrder, for steps in another order": {
			users: []string{"ann"},
			ask:   func(rec *cqrstest.Recorder) { rec.RequireOrder("finalizer", "projection") },
			want:  `there is no step "projection" after "finalizer":`,
		},
		"RequireTree, for a file that is missing": {
			ask:  func(rec *cqrstest.Recorder) { rec.RequireTree("testdata/missing.txt") },
			want: "cqrstest: open testdata/missing.txt: no such file or directory; create it with CQRSTEST_UPDATE=1",
		},
		"RequireTree, for another tree": {
			users: []string{"ann", "ann"},
			ask:   func(rec *cqrstest.Recorder) { rec.RequireTree("testdata/join.txt") },
			want:  "line 14 is not that of testdata/join.txt; got:",
		},
		"RequireTree": {
			users: []string{"ann"},
			ask:   func(rec *cqrstest.Recorder) { rec.RequireTree("testdata/join.txt") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			errs := test(t, func(ctx context.Context, h *joinHandler, c Join) error {
				if c.User == "nested" {
					return h.Send(ctx, Welcome{})
				}
				return record(ctx, h, c)
			}, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
				cqrstest.AllowUnhandled[Greeted](rec)
				for _, user := range row.users {
					_ = m.Send(t.Context(), Join{User: user})
				}
				row.ask(rec)
			})
			if row.want == "" {
				assert.Empty(t, errs)
				return
			}
			assert.Equal(t, []string{row.want}, firstLines(errs))
		})
	}
	t.Run("has the events of a request of its own, within one that is rolled back", func(t *testing.T) {
		t.Parallel()
		var mediator *cqrs.Mediator
		errs := test(t, func(ctx context.Context, _ *joinHandler, _ Join) error {
			return errors.Join(mediator.Publish(ctx, Joined{User: "ann"}), errVague)
		}, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
			mediator = m
			assert.ErrorIs(t, m.Send(t.Context(), Join{}), errVague)
			assert.Equal(t, "ann", cqrstest.RequireEvent[Joined](rec).User)
			cqrstest.RequireNoEvent[Joined](rec)
		})
		assert.Equal(t, []string{"cqrstest_test.Joined was raised once, but must not be:"}, firstLines(errs))
	})
	t.Run("has the times of its clock", func(t *testing.T) {
		t.Parallel()
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		test(t, record, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
			rec.SetClock(func() time.Time { at = at.Add(time.Second); return at })
			assert.NoError(t, m.Send(t.Context(), Join{}))
			root := rec.Reports()[0].Root
			assert.Equal(t, time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC), root.Started)
			assert.Equal(t, at.Sub(root.Started), root.Took)
		})
	})
	t.Run("begins anew after a Reset", func(t *testing.T) {
		t.Parallel()
		errs := test(t, record, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
			assert.NoError(t, m.Send(t.Context(), Join{User: "ann"}))
			rec.Reset()
			assert.Empty(t, rec.String())
			assert.NoError(t, m.Send(t.Context(), Join{User: "bob"}))
			assert.Equal(t, "bob", cqrstest.RequireEvent[Joined](rec).User)
		})
		assert.Empty(t, errs)
	})
}

func TestRecorder_RequireTree_update(t *testing.T) {
	t.Setenv("CQRSTEST_UPDATE", "1")
	file := filepath.Join(t.TempDir(), "new", "tree.txt")
	errs := test(t, record, func(m *cqrs.Mediator, rec *cqrstest.Recorder) {
		assert.NoError(t, m.Send(t.Context(), Join{User: "ann"}))
		rec.RequireTree(file)
	})
	assert.Empty(t, errs)
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/join.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}
