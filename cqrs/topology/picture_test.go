package topology_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/render"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// Package internal/render draws the golden files.
func TestApplication_Pictures(t *testing.T) {
	t.Parallel()
	a := meeting()
	golden := func(name, text string) { testkit.AssertGolden(t, "testdata/pictures/"+name, text) }
	golden("flowchart.mmd", a.Mermaid())
	golden("classes.mmd", a.MermaidClasses())
	golden("graph.dot", a.DOT())
	for _, message := range []string{"JoinMeeting", "Invite", "WatchRoom", "RoomClosed"} {
		text, err := a.MermaidSequence(message)
		require.NoError(t, err)
		golden("sequence_"+message+".mmd", text)
	}

	var nothing topology.Application
	golden("nothing.mmd", nothing.Mermaid())
	golden("nothing_classes.mmd", nothing.MermaidClasses())
	golden("nothing.dot", nothing.DOT())
}

func TestApplication_Mermaid_Names(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ names, labels []string }{
		"are short":                       {[]string{"example.com/a.Join", "example.com/a.Leave"}, []string{"Join", "Leave"}},
		"have the package if equal":       {[]string{"example.com/a.Join", "example.com/b.Join"}, []string{"a.Join", "b.Join"}},
		"have the path if equal with it":  {[]string{"example.com/x/a.Join", "example.com/y/a.Join"}, []string{"example.com/x/a.Join", "example.com/y/a.Join"}},
		"are short in type arguments too": {[]string{"example.com/a.Get[example.com/b.Key,int]"}, []string{"Get#91;Key, int#93;"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a topology.Application
			for _, message := range test.names {
				a.Requests = append(a.Requests, topology.Request{Message: message, Kind: topology.Command})
			}
			text := a.Mermaid()
			for _, label := range test.labels {
				assert.Contains(t, text, "[\""+label+"\"]:::command")
			}
		})
	}
}

// hostile are names that mean something to Mermaid, to DOT or to a browser.
var hostile = []string{
	"end", "graph", "subgraph", "class", "default", "style", "click", "note", "o", "x", "__proto__", "constructor",
	`"`, `\`, `\"`, `\n`, "'", "`", "`md`", "**bold**", "_i_", "1. one", "- one", "# one", "#", "#quot;", "#35;", "&lt;", "&#35;", "&",
	"<b>", "<script>alert(1)</script>", "<br/>", "a;b", "a:b", "a|b", "a->>b", "a-->b", "a~b~", "%%", "%%{init: {}}%%", "---",
	"[", "]", "{", "}", "{{", "(", ")", "[/", "$$x$$", "$x$", "classDef a fill:#fff;", "style a:#b;", "fa:fa-car", "@{shape: x}",
	"Join[int,string]", "Join[map[string]struct { X int }]", "func(int) error", "chan<- int", "*[]byte", "日本語", "ÄÖÜ", "👍", "a\tb", "a\nb",
	"a\x00b", "a\u2028b", "\xff", " ", "", strings.Repeat("long", 60),
}

// named returns an application in which everything has these names.
func named(names []string) topology.Application {
	var a topology.Application
	plan := func(name string) topology.Plan {
		a.Components = append(a.Components, topology.Component{
			ID: name, Kind: topology.Constructor, Lifetime: topology.Scoped, Provides: []string{name}, Finalizer: true})
		return topology.Plan{Kind: topology.Single, Handler: &topology.Handler{Type: name, Component: name, Records: []string{name}}}
	}
	for _, name := range names {
		middleware := []topology.Middleware{
			{Name: name, Around: topology.AroundScope}, {Name: name, Around: topology.AroundHandler, Component: name}}
		stored := &topology.Stored{Name: name, FormerNames: []string{name}}
		a.Requests = append(a.Requests, topology.Request{Message: name, Kind: topology.Query, Result: name, Module: name, Fields: []topology.Field{{Name: name, Type: name}},
			Plan: plan(name), Middleware: middleware, Stored: stored})
		a.Events = append(a.Events, topology.Event{Message: name, Stored: stored, Subscriptions: []topology.Subscription{
			{Name: name, Mode: topology.Durable, Plan: plan(name), Module: name, Middleware: middleware}}})
		a.Journal = name
	}
	return a
}

func TestApplication_Pictures_OfHostileNames(t *testing.T) {
	t.Parallel()
	random := rapid.SliceOfN(rapid.String(), 20, 20)
	examples := [][]string{hostile}
	for seed := range 3 {
		examples = append(examples, random.Example(seed))
	}

	t.Run("are understood by Graphviz", func(t *testing.T) {
		t.Parallel()
		for _, names := range examples {
			_, err := render.Dot(t, named(names).DOT(), "svg")
			require.NoError(t, err)
		}
		svg, err := render.Dot(t, named([]string{`a"\n&lt;<b>`}).DOT(), "svg")
		require.NoError(t, err)
		assert.Contains(t, string(svg), `>a&quot;\n&amp;lt;&lt;b&gt;</text>`)
	})

	t.Run("are understood by Mermaid", func(t *testing.T) {
		t.Parallel()
		b := render.Open(t)
		for _, names := range examples {
			a := named(names)
			require.NoError(t, b.Parse(a.Mermaid()))
			require.NoError(t, b.Parse(a.MermaidClasses()))
			for _, name := range names {
				if text, err := a.MermaidSequence(name); err == nil { // a name may be there twice
					require.NoError(t, b.Parse(text))
				}
			}
		}

		a := named(shown)
		for what, text := range map[string]string{"flowchart": a.Mermaid(), "classes": a.MermaidClasses()} {
			p, err := b.Mermaid(text)
			require.NoError(t, err)
			assert.Subset(t, p.Labels, shown, what)
		}
		for _, name := range shown {
			text, err := a.MermaidSequence(name)
			require.NoError(t, err)
			p, err := b.Mermaid(text)
			require.NoError(t, err)
			assert.Contains(t, p.Labels, "Send "+name, "sequence")
		}
	})
}

// shown are names that the pictures show as they are.
var shown = []string{"\"", "\\n", "`", "#quot;", "&lt;", "<b>", "$$x$$", "end", "- one", "a;b", "日本語", "Join[int, string]"}
