package telemetry_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// All messages, errors and panics of the scenarios contain the secret.
func TestExport_isFreeOfContents(t *testing.T) {
	t.Parallel()

	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			o := s.run(t)
			spans := tracetest.SpanStubsFromReadOnlySpans(o.spans.Ended())
			require.NotEmpty(t, spans)
			metrics := collect(t, o).Metrics
			require.NotEmpty(t, metrics)
			for _, exported := range []any{spans, metrics} {
				text, err := json.Marshal(exported)
				require.NoError(t, err)
				require.True(t, strings.Contains(string(text), ").Handle"), "it is all there")
				for _, content := range []string{secret, "declined"} {
					assert.False(t, strings.Contains(string(text), content), "%T", exported)
					assert.False(t, strings.Contains(fmt.Sprintf("%#v", exported), content), "%T", exported)
				}
			}
		})
	}
}
