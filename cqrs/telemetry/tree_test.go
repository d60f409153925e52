package telemetry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// forest is the spans of some traces.
type forest struct {
	spans    []sdktrace.ReadWriteSpan // in the order of their starts
	children map[trace.SpanID][]sdktrace.ReadWriteSpan
	names    map[trace.SpanID]string
}

// treesOf returns the spans as text: one line for each, children indented below
// their parent in the order in which they began, with its outcome and the
// spans that it is linked to. It fails if a span has not ended, is not of its
// parent's trace, or if its status does not fit.
func treesOf(t *testing.T, o *observed) string {
	t.Helper()
	f := forest{
		spans:    o.spans.Started(),
		children: make(map[trace.SpanID][]sdktrace.ReadWriteSpan),
		names:    make(map[trace.SpanID]string),
	}
	require.Len(t, o.spans.Ended(), len(f.spans), "all spans have ended, once")
	traces := make(map[trace.SpanID]trace.TraceID)
	for _, s := range f.spans {
		id := s.SpanContext().SpanID()
		f.names[id], traces[id] = s.Name(), s.SpanContext().TraceID()
	}
	for _, s := range f.spans {
		parent := s.Parent().SpanID()
		if parent.IsValid() {
			require.Equal(t, traces[parent], s.SpanContext().TraceID(), s.Name())
		}
		f.children[parent] = append(f.children[parent], s)
	}
	var b strings.Builder
	f.write(t, &b, trace.SpanID{}, "")
	require.Equal(t, len(f.spans), strings.Count(b.String(), "\n"), "all spans are in the tree")
	return strings.ReplaceAll(b.String(), "telemetry_test.", "")
}

func (f *forest) write(t *testing.T, b *strings.Builder, parent trace.SpanID, indent string) {
	for _, s := range f.children[parent] {
		fmt.Fprintf(b, "%s%s%s", indent, s.Name(), outcomeOf(t, s))
		for _, l := range s.Links() {
			fmt.Fprintf(b, " <- %s", f.names[l.SpanContext.SpanID()])
		}
		b.WriteString("\n")
		f.write(t, b, s.SpanContext().SpanID(), indent+"  ")
	}
}

func outcomeOf(t *testing.T, s sdktrace.ReadWriteSpan) string {
	outcome, ok := attributeOf(s, "cqrs.outcome")
	if !ok {
		return "" // a span of the test
	}
	errorType, has := attributeOf(s, "error.type")
	isFailure := slices.Contains([]string{"error", "panic", "exit"}, outcome)
	require.Equal(t, isFailure || outcome == "rejected", has, s.Name())
	want := sdktrace.Status{}
	if isFailure {
		want.Code = codes.Error
	}
	if has {
		errorType = " " + errorType
	}
	require.Equal(t, want, s.Status(), s.Name())
	require.Empty(t, s.Events(), s.Name())
	return ": " + outcome + errorType
}

func attributeOf(s sdktrace.ReadOnlySpan, key attribute.Key) (string, bool) {
	i := slices.IndexFunc(s.Attributes(), func(a attribute.KeyValue) bool { return a.Key == key })
	if i < 0 {
		return "", false
	}
	return s.Attributes()[i].Value.AsString(), true
}
