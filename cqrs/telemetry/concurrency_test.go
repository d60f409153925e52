package telemetry_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/digcqrs/digcqrs/bootstrap"
	"github.com/digcqrs/digcqrs/cqrs"
)

func TestConcurrency(t *testing.T) {
	t.Parallel()

	t.Run("does not mix the spans of requests and of after-scope handlers", func(t *testing.T) {
		t.Parallel()
		const requests = 50
		o := shop(t, script{
			"PlaceOrder":   sends(orderPlaced, stockReserved),
			"ReserveStock": record(stockReserved),
			"Shelf":        record(mailSent),
			"Mailer":       record(mailSent),
			"Courier":      sends(),
		}, bootstrap.WithEventConcurrency(4))
		var all sync.WaitGroup
		for range requests {
			all.Go(func() { assert.NoError(t, o.Send(t.Context(), placeOrder)) })
		}
		all.Wait()

		want := sorted(`command PlaceOrder: ok
  command ReserveStock: ok
    event StockReserved to *Shelf: ok
      event MailSent to *MailLog: ok
  event OrderPlaced to *OrderList: ok
  event OrderPlaced to *Ledger: ok
  event StockReserved to *Shelf: ok
    event MailSent to *MailLog: ok
  event OrderPlaced to *Mailer: ok <- command PlaceOrder
    event MailSent to *MailLog: ok
  event OrderPlaced to *Courier: ok <- command PlaceOrder
    command ReserveStock: ok
      event StockReserved to *Shelf: ok
        event MailSent to *MailLog: ok
  event MailSent to *Archive: ok <- event StockReserved to *Shelf
  event MailSent to *Archive: ok <- event StockReserved to *Shelf
  event MailSent to *Archive: ok <- event StockReserved to *Shelf
  event MailSent to *Archive: ok <- event OrderPlaced to *Mailer
`)
		trees := strings.SplitAfter(treesOf(t, o), "\n")
		var one []string
		count := 0
		for _, line := range trees {
			if len(one) > 0 && !strings.HasPrefix(line, " ") { // the next trace
				count++
				require.Equal(t, want, sorted(strings.Join(one, "")))
				one = nil
			}
			one = append(one, line)
		}
		assert.Equal(t, requests, count)
		for _, m := range collect(t, o).Metrics {
			if sum, ok := m.Data.(metricdata.Sum[int64]); ok {
				for _, p := range sum.DataPoints {
					assert.Zero(t, p.Value)
				}
			}
		}
	})

	t.Run("creates the subject of an event of an interface once", func(t *testing.T) {
		t.Parallel()
		o := shopOf(t, script{"Auditor": fail}, nil, func(m *cqrs.EventMap) { cqrs.BindEvent[*Auditor](m) }, nil)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { assert.Error(t, o.Publish(context.Background(), mailSent)) })
		}
		all.Wait()
		assert.Equal(t, strings.Repeat("event MailSent to *Auditor: error *DeclinedError\n", 50), treesOf(t, o))
		assert.Contains(t, metricsOf(t, o), "error.type=*DeclinedError} 50\n")
	})
}

// sorted returns the lines of a text in alphabetical order.
func sorted(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
