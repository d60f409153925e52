package cqrstest_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/cqrs/cqrstest"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

type (
	GetPrice struct {
		cqrs.Query[int]
		Item string
	}
	ListItems struct{ cqrs.StreamOf[string] }
)

// fakeSender runs a test with a Sender, and returns its errors.
func fakeSender(f func(s *cqrstest.Sender)) []string {
	t := new(fakeT)
	return t.run(func() { f(cqrstest.NewSender(t)) })
}

func price(t *testing.T, s cqrs.Sender, item string) int {
	t.Helper()
	cents, err := cqrs.Send(t.Context(), s, GetPrice{Item: item})
	require.NoError(t, err)
	return cents
}

func TestSender(t *testing.T) {
	t.Parallel()

	t.Run("answers what is sent, and keeps it", func(t *testing.T) {
		t.Parallel()
		s := cqrstest.NewSender(t)
		cqrstest.Answer[GetPrice](s, 300)
		cqrstest.Answer[Welcome](s)
		assert.Equal(t, 300, price(t, s, "tea"))
		require.NoError(t, s.Send(t.Context(), Welcome{User: "ann"}))
		require.NoError(t, s.Publish(t.Context(), Joined{User: "ann"}, Greeted{}))
		assert.Equal(t, []any{GetPrice{Item: "tea"}, Welcome{User: "ann"}}, s.Sent())
		assert.Equal(t, []cqrs.Event{Joined{User: "ann"}, Greeted{}}, s.Published())
		assert.Equal(t, []GetPrice{{Item: "tea"}}, cqrstest.Sent[GetPrice](s))
		assert.Equal(t, "ann", cqrstest.RequireSent[Welcome](s).User)
		assert.Equal(t, "ann", cqrstest.RequireEvent[Joined](s).User)
		assert.Equal(t, []Greeted{{}}, cqrstest.Events[Greeted](s))
		cqrstest.RequireNoEvent[Left](s)
	})

	t.Run("gives its answers in order, and the last one again", func(t *testing.T) {
		t.Parallel()
		s := cqrstest.NewSender(t)
		cqrstest.Answer[GetPrice](s, 1, 2)
		cqrstest.Answer[GetPrice](s, 3)
		for _, want := range []int{1, 2, 3, 3, 3} {
			assert.Equal(t, want, price(t, s, "tea"))
		}
	})

	t.Run("answers with errors and functions", func(t *testing.T) {
		t.Parallel()
		s := cqrstest.NewSender(t)
		cqrstest.AnswerError[GetPrice](s, errors.ErrUnsupported)
		cqrstest.AnswerFunc(s, func(_ context.Context, q GetPrice) (int, error) { return len(q.Item), nil })
		cqrstest.AnswerFunc(s, func(_ context.Context, q GetPrice) (int, error) { return 7, errors.ErrUnsupported })
		cqrstest.AnswerError[Welcome](s, errors.ErrUnsupported)
		cents, err := cqrs.Send(t.Context(), s, GetPrice{})
		require.ErrorIs(t, err, errors.ErrUnsupported)
		assert.Zero(t, cents)
		assert.Equal(t, 3, price(t, s, "tea"))
		cents, err = cqrs.Send(t.Context(), s, GetPrice{})
		require.ErrorIs(t, err, errors.ErrUnsupported)
		assert.Zero(t, cents)
		require.ErrorIs(t, s.Send(t.Context(), Welcome{}), errors.ErrUnsupported)
	})

	t.Run("answers streams", func(t *testing.T) {
		t.Parallel()
		s := cqrstest.NewSender(t)
		cqrstest.AnswerStream[ListItems](s, "tea", "rice")
		cqrstest.AnswerStreamFunc(s, func(context.Context, ListItems) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				_ = yield("tea", nil) && yield("lost", errors.ErrUnsupported) && yield("late", nil)
			}
		})
		cqrstest.AnswerStreamFunc(s, func(context.Context, ListItems) iter.Seq2[string, error] { return nil })
		items, err := testkit.Drain(cqrs.Stream(t.Context(), s, ListItems{}))
		require.NoError(t, err)
		assert.Equal(t, []string{"tea", "rice"}, items)
		items, err = testkit.Drain(cqrs.Stream(t.Context(), s, ListItems{}))
		require.ErrorIs(t, err, errors.ErrUnsupported)
		assert.Equal(t, "tea", items[0])
		_, err = testkit.Drain(cqrs.Stream(t.Context(), s, ListItems{}))
		require.ErrorIs(t, err, cqrs.ErrNilStream)
		assert.Len(t, cqrstest.Sent[ListItems](s), 3)
	})

	t.Run("fails the test for what nothing answers", func(t *testing.T) {
		t.Parallel()
		errs := fakeSender(func(s *cqrstest.Sender) {
			_, err := cqrs.Send(t.Context(), s, GetPrice{})
			missing, is := errors.AsType[*cqrs.NoHandlerError](err)
			assert.True(t, is && missing.Message.Name() == "GetPrice", "%v", err)
			assert.Error(t, s.Send(t.Context(), Welcome{}))
			_, err = testkit.Drain(cqrs.Stream(t.Context(), s, ListItems{}))
			assert.Error(t, err)
			assert.Len(t, s.Sent(), 3)
		})
		require.Len(t, errs, 3)
		assert.Regexp(t, `^cqrstest: nothing answers cqrstest_test\.GetPrice, sent at \S+sender_test\.go:\d+; `+
			`add cqrstest\.Answer\[cqrstest_test\.GetPrice\]\(s, \.\.\.\) before the handler runs$`, errs[0])
		assert.Regexp(t, `answers cqrstest_test\.Welcome, sent at \S+sender_test\.go:\d+; add cqrstest\.Answer\[`, errs[1])
		assert.Contains(t, errs[2], "add cqrstest.AnswerStream[cqrstest_test.ListItems](s, ...)")
	})

	t.Run("fails the test for an answer that is not used", func(t *testing.T) {
		t.Parallel()
		unused := func(s *cqrstest.Sender) {
			cqrstest.Answer[GetPrice](s, 1, 2)
			cqrstest.AnswerStream[ListItems](s)
			price(t, s, "tea")
		}
		errs := fakeSender(unused)
		require.Len(t, errs, 2)
		assert.Regexp(t, `^cqrstest: cqrstest_test\.GetPrice was not sent, or not often enough, for its answer at \S+sender_test\.go:\d+; `, errs[0])
		assert.Empty(t, fakeSender(func(s *cqrstest.Sender) {
			s.AllowUnused()
			unused(s)
		}))
	})

	t.Run("rejects answers that could never be used", func(t *testing.T) {
		t.Parallel()
		for want, answer := range map[string]func(s *cqrstest.Sender){
			"*cqrstest_test.GetPrice: messages are values; answer cqrstest_test.GetPrice": func(s *cqrstest.Sender) {
				cqrstest.Answer[*GetPrice](s, 1)
			},
			"cqrs.Request[int]: it is an interface": func(s *cqrstest.Sender) { cqrstest.Answer[cqrs.Request[int]](s, 1) },
			"cqrstest_test.GetPrice: the function is nil": func(s *cqrstest.Sender) {
				cqrstest.AnswerFunc[GetPrice](s, nil)
			},
			"cqrstest_test.ListItems: the function is nil": func(s *cqrstest.Sender) {
				cqrstest.AnswerStreamFunc[ListItems](s, nil)
			},
		} {
			errs := fakeSender(answer)
			require.Len(t, errs, 1, want)
			assert.Contains(t, errs[0], "cqrstest: cannot answer "+want)
		}
	})

	t.Run("rejects what a real Sender rejects", func(t *testing.T) {
		t.Parallel()
		s := cqrstest.NewSender(t)
		var none context.Context
		_, err := cqrs.Send(none, s, GetPrice{})
		require.ErrorIs(t, err, cqrs.ErrNilContext)
		require.ErrorIs(t, s.Publish(none, Joined{}), cqrs.ErrNilContext)
		require.ErrorIs(t, s.Send(t.Context(), nil), cqrs.ErrNilMessage)
		_, err = cqrs.Send(t.Context(), s, &GetPrice{})
		require.ErrorIs(t, err, cqrs.ErrPointer)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), s, &ListItems{}))
		require.ErrorIs(t, err, cqrs.ErrPointer)
		require.ErrorIs(t, s.Publish(t.Context(), &Joined{}), cqrs.ErrPointer)
		require.ErrorIs(t, s.Publish(t.Context(), nil), cqrs.ErrNilMessage)
		assert.Empty(t, s.Sent())
		assert.Empty(t, s.Published())
	})

	t.Run("says what was sent if a requirement fails", func(t *testing.T) {
		t.Parallel()
		errs := fakeSender(func(s *cqrstest.Sender) {
			cqrstest.Answer[GetPrice](s, 1)
			price(t, s, "tea")
			_ = s.Publish(t.Context(), Joined{})
			cqrstest.RequireSent[Welcome](s)
		})
		require.Len(t, errs, 1)
		assert.Equal(t, "no cqrstest_test.Welcome was sent:\nsent cqrstest_test.GetPrice\npublished cqrstest_test.Joined\n", errs[0])
	})

	t.Run("can be used by several goroutines", func(t *testing.T) {
		t.Parallel()
		s := cqrstest.NewSender(t)
		cqrstest.Answer[GetPrice](s, 1)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				_, err := cqrs.Send(t.Context(), s, GetPrice{})
				assert.NoError(t, err)
				assert.NoError(t, s.Publish(t.Context(), Joined{}))
			})
		}
		wg.Wait()
		assert.Len(t, s.Sent(), 10)
		assert.Len(t, s.Published(), 10)
	})
}

// A type that embeds a Sender is no fake, but it gets an error instead of a panic.
func TestSender_Embedded(t *testing.T) {
	t.Parallel()
	type embedding struct{ cqrs.Sender }
	for name, s := range map[string]cqrs.Sender{"by value": embedding{}, "by pointer": &embedding{}, "a nil pointer": (*embedding)(nil),
		"without NewSender": &cqrstest.Sender{}} {
		_, err := cqrs.Send(t.Context(), s, GetPrice{})
		require.ErrorIs(t, err, cqrs.ErrNilMediator, name)
		assert.True(t, strings.HasSuffix(err.Error(), "cqrstest.NewSender"), "%v", err)
		_, err = testkit.Drain(cqrs.Stream(t.Context(), s, ListItems{}))
		require.ErrorIs(t, err, cqrs.ErrNilMediator, name)
	}
	inner := cqrstest.NewSender(t)
	cqrstest.Answer[GetPrice](inner, 1)
	assert.Equal(t, 1, price(t, &embedding{inner}, "tea"))
}
