package sqloutbox_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
)

func TestStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s sqloutbox.Starts
		claim := func(wantStart int64, wantMissing int, due ...int64) {
			t.Helper()
			start, missing := s.Claim(2, due...)
			assert.Equal(t, wantStart, start)
			assert.Equal(t, wantMissing, missing)
		}
		claim(0, 0, 5, 6)
		claim(5, 0, 7, 8) // there is a backlog
		claim(7, 1, 9)    // it has ended, so that one is looked for at the beginning
		claim(0, 0, 10)
		claim(0, 0, 11, 12)
		time.Sleep(time.Second)
		claim(11, 0, 13, 14)
		time.Sleep(time.Millisecond) // more than a second since the beginning was looked at
		claim(0, 0, 3, 15)
		claim(3, 0, 16, 17)
	})
}
