package sqloutbox_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/sqloutbox"
	"github.com/digcqrs/digcqrs/internal/uuid"
)

func TestIsUUID(t *testing.T) {
	t.Parallel()
	a, b := uuid.New(), uuid.New()
	assert.True(t, sqloutbox.IsUUID(a), a)
	assert.NotEqual(t, a, b)
	for _, s := range []string{"", a[1:], strings.ToUpper("ABCDEF" + a[6:]), strings.ReplaceAll(a, "-", "0"), a + "0",
		strings.Repeat("-", 36), a[:35] + "'"} {
		assert.False(t, sqloutbox.IsUUID(s), s)
	}
}

func TestStoredKey(t *testing.T) {
	t.Parallel()
	short, long := strings.Repeat("k", 128), strings.Repeat("k", 129)
	assert.Equal(t, short, sqloutbox.StoredKey(short))
	assert.Len(t, sqloutbox.StoredKey(long), 71)
	assert.NotEqual(t, sqloutbox.StoredKey(long), sqloutbox.StoredKey(long+"k"))
}

func TestCleanText(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a\uFFFDb\uFFFD", sqloutbox.CleanText("a\x00b\xff"))
	long := sqloutbox.CleanText(strings.Repeat("é", 10_000))
	assert.True(t, utf8.ValidString(long))
	assert.Less(t, len(long), 5000)
}

func TestEncodeDue(t *testing.T) {
	t.Parallel()
	assert.Nil(t, sqloutbox.EncodeDue(time.Time{}))
	assert.EqualValues(t, 1_500_000, sqloutbox.EncodeDue(time.UnixMilli(1500)))
	assert.EqualValues(t, 0, sqloutbox.EncodeDue(time.UnixMilli(-1)))
	latest := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()
	assert.EqualValues(t, latest, sqloutbox.EncodeDue(time.UnixMicro(latest).AddDate(1, 0, 0)))
}
