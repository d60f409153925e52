package topology_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/cqrs/topology"
)

func TestApplication_String(t *testing.T) {
	t.Parallel()
	t.Run("is empty for an empty application", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, topology.Application{}.String())
	})

	t.Run("has import paths where short names are ambiguous", func(t *testing.T) {
		t.Parallel()
		app := topology.Application{Components: []topology.Component{
			{ID: "*a/order.Place", Lifetime: topology.Singleton},
			{ID: "*b/order.Place", Lifetime: topology.Singleton},
			{ID: `[]map[a/order.ID]c/list.Of[b/order.ID][name="a/b \"c/d"]`, Lifetime: topology.Scoped},
			{ID: "*c/list.Entry", Lifetime: topology.Scoped},
		}}
		assert.Equal(t, "singleton *a/order.Place\n\nsingleton *b/order.Place\n\n"+
			`scoped []map[a/order.ID]list.Of[b/order.ID][name="a/b \"c/d"]`+"\n\nscoped *list.Entry\n", app.String())
	})

	t.Run("survives what refers to nothing", func(t *testing.T) {
		t.Parallel()
		app := topology.Application{
			Requests: []topology.Request{{
				Message: "app.Join", Kind: topology.Command,
				Plan: topology.Plan{Kind: topology.Single, Handler: &topology.Handler{Type: "*app.H", Component: "lost"}},
			}, {Message: "app.Leave", Kind: topology.Command}},
			Components: []topology.Component{{ID: "app.C", Needs: []topology.Need{{Key: "app.D", Component: "lost"}}}},
		}
		text := app.String()
		assert.Contains(t, text, "  handler *app.H\n")
		assert.Contains(t, text, "  needs app.D, which nothing provides\n")
	})

	t.Run("takes time that grows with the application", func(t *testing.T) {
		t.Parallel()
		var app topology.Application
		for i := range 5_000 {
			id := fmt.Sprintf("*example.com/app/p%d.Handler", i)
			app.Requests = append(app.Requests, topology.Request{
				Message: fmt.Sprintf("example.com/app/p%d.Message", i),
				Plan:    topology.Plan{Kind: topology.Single, Handler: &topology.Handler{Type: id, Component: id}},
			})
		}
		for i := range 20_000 {
			app.Components = append(app.Components, topology.Component{
				ID:    fmt.Sprintf("*example.com/app/p%d.Handler", i),
				Needs: []topology.Need{{Key: "x", Component: fmt.Sprintf("*example.com/app/p%d.Handler", i+1)}},
			})
		}
		start := time.Now()
		text := app.String()
		assert.Less(t, time.Since(start), 10*time.Second)
		assert.Greater(t, strings.Count(text, "\n"), 50_000)
	})
}
