package docs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/cqrs"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// The figures of docs/internals.md show how a request passes through the files. They are
// drawn from the call stacks of a small application.

type (
	join          struct{ cqrs.Command }
	greet         struct{ cqrs.Command }
	export        struct{ cqrs.StreamOf[int] }
	joined        struct{ cqrs.DomainEvent }
	sheetExported struct{ cqrs.DomainEvent }
)

// tracer draws the call stacks of the application as a tree.
type tracer struct{ lines []traceLine }

type traceLine struct {
	depth int
	where string
	label string
}

// note adds the stack of the calling function, which the tree shows as what.
func (t *tracer) note(what string) {
	stack := callStack()
	stack = append(stack, traceLine{len(stack), "", "▸ " + what})
	same := t.lastPath()
	for i, line := range stack {
		if i < len(same) && slices.Equal(same[:i+1], stack[:i+1]) && i < len(stack)-1 {
			continue
		}
		t.lines = append(t.lines, line)
	}
}

// lastPath returns the lines from the root of the tree to the last one.
func (t *tracer) lastPath() (path []traceLine) {
	for _, line := range t.lines {
		path = append(path[:line.depth], line)
	}
	return path
}

// callStack returns the functions of cqrs and container that are running, outermost first.
func callStack() (lines []traceLine) {
	const module = "github.com/digcqrs/digcqrs/"
	pc := make([]uintptr, 100)
	frames := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		name, ours := strings.CutPrefix(f.Function, module)
		pkg, function, _ := strings.Cut(name, ".")
		if !ours || pkg != "cqrs" && pkg != "container" {
			continue
		}
		function = strings.NewReplacer("(*", "", ")", "", "[...]", "").Replace(function)
		lines = append(lines, traceLine{where: pkg + "/" + filepath.Base(f.File), label: function})
	}
	slices.Reverse(lines)
	for i := range lines {
		lines[i].depth = i
	}
	return lines
}

func (t *tracer) String() string {
	var b strings.Builder
	for _, line := range t.lines {
		fmt.Fprintf(&b, "%-26s%s%s\n", line.where, strings.Repeat("  ", line.depth), line.label)
	}
	return b.String()
}

type unit struct{}

func newUnit(t *tracer) (*unit, container.Finalizer) {
	return &unit{}, func(context.Context, error) error {
		t.note("the finalizer of the unit of work")
		return nil
	}
}

type (
	joinHandler struct {
		cqrs.EventRecorder
		t *tracer
	}
	greetHandler struct {
		t    *tracer
		send cqrs.Sender
	}
	exportHandler struct {
		cqrs.EventRecorder
		t *tracer
	}
	roomHandler struct{ t *tracer }
	mailHandler struct{ t *tracer }
	taxHandler  struct{ t *tracer }
	logHandler  struct{ t *tracer }
)

func newJoinHandler(t *tracer, _ *unit) *joinHandler {
	t.note("the constructor of the command's handler")
	return &joinHandler{t: t}
}

func (h *joinHandler) Handle(context.Context, join) error {
	h.t.note("the command's handler")
	h.Record(joined{})
	return nil
}

func (h *greetHandler) Handle(ctx context.Context, _ greet) error {
	h.t.note("the outer command's handler")
	return h.send.Send(ctx, join{})
}

func (h *exportHandler) Handle(context.Context, export) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		h.t.note("the stream's handler")
		h.Record(sheetExported{})
		yield(1, nil)
	}
}

func (h *roomHandler) Handle(context.Context, joined) error {
	h.t.note("an event handler in the scope")
	return nil
}

func (h *mailHandler) Handle(context.Context, joined) error {
	h.t.note("an after-scope event handler")
	return nil
}

func (h *taxHandler) Handle(context.Context, joined) error {
	h.t.note("a durable event handler")
	return nil
}

func (h *logHandler) Handle(context.Context, sheetExported) error {
	h.t.note("an event handler in the scope")
	return nil
}

// tracedJournal is a journal in the transaction of the unit of work.
type tracedJournal struct {
	cqrs.Journal
	t *tracer
}

func newTracedJournal(t *tracer, _ *unit) cqrs.Journal { return &tracedJournal{t: t} }

func (j *tracedJournal) Write(_ context.Context, records []cqrs.Record, completed []cqrs.Claim) error {
	if len(records) > 0 {
		j.t.note("the journal stores the event")
	}
	if len(completed) > 0 {
		j.t.note("the journal completes the delivery")
	}
	return nil
}

// tracedCodec is a codec.
type tracedCodec struct{ t *tracer }

func (c tracedCodec) Encode(message any) ([]byte, error) {
	c.t.note("the codec encodes the event")
	return json.Marshal(message)
}

func (c tracedCodec) Decode(data []byte, pointer any) error {
	c.t.note("the codec decodes the event")
	return json.Unmarshal(data, pointer)
}

// traced starts the application.
func traced(t *testing.T, events func(*cqrs.EventMap)) (*cqrs.Mediator, *tracer) {
	t.Helper()
	tr := &tracer{}
	c := container.New()
	require.NoError(t, c.ProvideAll(
		func() *tracer { return tr },
		newJoinHandler,
		func(t *tracer, s cqrs.Sender) *greetHandler { return &greetHandler{t, s} },
		func(t *tracer, _ *unit) *exportHandler { return &exportHandler{t: t} },
		func(t *tracer) *roomHandler { return &roomHandler{t} },
		func(t *tracer) *mailHandler { return &mailHandler{t} },
		func(t *tracer) *logHandler { return &logHandler{t} },
		func(t *tracer) *taxHandler { return &taxHandler{t} },
	))
	require.NoError(t, c.Provide(newUnit, container.Scoped()))
	require.NoError(t, c.Provide(newTracedJournal, container.Scoped()))
	m, err := bootstrap.New(c, func(m *cqrs.RequestMap) {
		cqrs.BindCommand[*joinHandler](m)
		cqrs.BindCommand[*greetHandler](m)
		cqrs.BindStream[*exportHandler](m)
	}, events, bootstrap.WithLogger(zap.NewNop()), bootstrap.WithCodec(tracedCodec{tr}))
	require.NoError(t, err)
	return m, tr
}

func TestPaths(t *testing.T) {
	t.Parallel() // but its subtests are not, because they write the same file
	inScope := func(m *cqrs.EventMap) {
		cqrs.BindEvent[*roomHandler](m)
		cqrs.BindEvent[*logHandler](m)
	}
	durably := func(m *cqrs.EventMap) {
		cqrs.RegisterEvent(m, cqrs.EventType[joined]{Name: "joined"})
		cqrs.BindEvent[*taxHandler](m, cqrs.Durable("tax"))
	}
	for name, path := range map[string]struct {
		events func(*cqrs.EventMap)
		do     func(context.Context, *cqrs.Mediator) error
	}{
		"command_with_event": {inScope, func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, join{}) }},
		"nested_send":        {inScope, func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, greet{}) }},
		"after_scope": {
			func(m *cqrs.EventMap) { cqrs.BindEvent[*mailHandler](m, cqrs.AfterScope()) },
			func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, join{}) },
		},
		"durable_store": {durably, func(ctx context.Context, m *cqrs.Mediator) error { return m.Send(ctx, join{}) }},
		"durable_delivery": {durably, func(ctx context.Context, m *cqrs.Mediator) error {
			return m.Deliverer().Deliver(ctx, cqrs.Delivery{
				Name: "joined", Payload: []byte("{}"), Claim: cqrs.Claim{Subscription: "tax"},
			})
		}},
		"stream": {inScope, func(ctx context.Context, m *cqrs.Mediator) error {
			for _, err := range cqrs.Stream(ctx, m, export{}) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m, tr := traced(t, path.events)
			require.NoError(t, path.do(t.Context(), m))
			testkit.AssertGolden(t, filepath.Join("testdata", "paths", name+".txt"), tr.String())
			if testkit.Updating() {
				showPath(t, name, tr.String())
			}
		})
	}
}

// showPath replaces the block of docs/internals.md that shows a path.
func showPath(t *testing.T, name, path string) {
	t.Helper()
	text, err := os.ReadFile("internals.md")
	require.NoError(t, err)
	fence := "<!-- from: testdata/paths/" + name + ".txt -->\n```text\n"
	before, rest, found := strings.Cut(string(text), fence)
	require.True(t, found, name)
	_, after, _ := strings.Cut(rest, "```\n")
	require.NoError(t, os.WriteFile("internals.md", []byte(before+fence+path+"```\n"+after), 0o644))
}
