package container_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/internal/wiring"
)

// As in dig, a missing dependency matters only to what needs it.
func TestContainer_Compile_WhatNobodyNeeds(t *testing.T) {
	t.Parallel()
	type (
		lacked    struct{}
		service   struct{ n int }
		dependent struct{}
		root      struct{ n int }
		members   struct {
			dig.In
			All []int `group:"n"`
		}
		softMembers struct {
			dig.In
			All []int `group:"n,soft"`
		}
		maybe struct {
			dig.In
			Dependent *dependent `optional:"true"`
		}
		serviceAndMember struct {
			dig.Out
			Service *service
			Member  int `group:"n"`
		}
	)
	build := func(t *testing.T, c *container.Container, newRoot any) int {
		require.NoError(t, c.Provide(newRoot))
		plan, err := c.Compile([]wiring.Root{rootOf[*root]()})
		require.NoError(t, err)
		handler, err := plan.NewScope(nil).Build(0)
		require.NoError(t, err)
		return handler.(*root).n
	}
	countMembers := func(in members) *root { return &root{len(in.All)} }
	countDependent := func(in maybe) *root {
		if in.Dependent == nil {
			return &root{0}
		}
		return &root{1}
	}

	t.Run("a soft group omits a member that lacks something", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.Provide(func(*lacked) int { return 1 }, dig.Group("n"), container.Scoped()))
		assert.Equal(t, 0, build(t, c, func(in softMembers) *root { return &root{len(in.All)} }))
	})
	t.Run("a decorator replaces a value whose constructor lacks something", func(t *testing.T) {
		t.Parallel()
		for _, opts := range [][]dig.ProvideOption{nil, {container.Scoped()}} {
			c := container.New()
			require.NoError(t, c.Provide(func(*lacked) *service { return nil }, opts...))
			require.NoError(t, c.Decorate(func() *service { return &service{7} }))
			assert.Equal(t, 7, build(t, c, func(s *service) *root { return &root{s.n} }))
		}
	})
	t.Run("an optional scoped value is absent if a singleton that it needs lacks something", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.Provide(func(*lacked) *service { return nil }))
		require.NoError(t, c.Provide(func(*service) *dependent { return &dependent{} }, container.Scoped()))
		assert.Equal(t, 0, build(t, c, countDependent))
	})
	t.Run("an optional scoped value is absent if a member of a group that it needs lacks something", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.Provide(func(*lacked) int { return 1 }, dig.Group("n")))
		require.NoError(t, c.Provide(func(members) *dependent { return &dependent{} }, container.Scoped()))
		assert.Equal(t, 0, build(t, c, countDependent))
	})
	t.Run("a decorator of a singleton runs only if that value is needed", func(t *testing.T) {
		t.Parallel()
		c := container.New()
		require.NoError(t, c.Provide(func() serviceAndMember { return serviceAndMember{} }))
		require.NoError(t, c.Decorate(func() (*service, error) { return nil, errors.New("not needed") }))
		assert.Equal(t, 1, build(t, c, countMembers))
	})
}

func TestScope_Build_SeveralMembersFromOneConstructor(t *testing.T) {
	t.Parallel()
	type twoMembers struct {
		dig.Out
		One int `group:"n"`
		Two int `group:"n"`
	}
	type members struct {
		dig.In
		All []int `group:"n"`
	}
	c := container.New()
	require.NoError(t, c.Provide(func() twoMembers { return twoMembers{One: 1, Two: 2} }, container.Scoped()))
	require.NoError(t, c.Provide(func(in members) *[]int { return &in.All }))
	plan, err := c.Compile([]wiring.Root{rootOf[*[]int]()})
	require.NoError(t, err)
	all, err := plan.NewScope(nil).Build(0)
	require.NoError(t, err)
	assert.ElementsMatch(t, []int{1, 2}, *all.(*[]int))
}
