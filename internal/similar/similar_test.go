package similar_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/similar"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"JoinMeeting", "JoinMeetings", true},
		{"JoinMeeting", "joinmeeting", true},
		{"JoinMeeting", "JionMeeting", true},
		{"Meeting", "JoinMeeting", true},
		{"JoinMeeting", "LeaveRoom", false},
		{"Join", "Quit", false},
		{"Get", "Set", true},
		{"Get", "GetAll", false}, // too short to be contained in another
		{"Join", "", false},
		{"", "", false},
	} {
		assert.Equal(t, test.want, similar.Names(test.a, test.b), "%s and %s", test.a, test.b)
		assert.Equal(t, test.want, similar.Names(test.b, test.a), "%s and %s", test.b, test.a)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "ab", 1},
		{"abc", "xabc", 1},
		{"kitten", "sitting", 3},
		{"flaw", "lawn", 2},
	} {
		assert.Equal(t, test.want, similar.Distance(test.a, test.b), "%s and %s", test.a, test.b)
		assert.Equal(t, test.want, similar.Distance(test.b, test.a), "%s and %s", test.b, test.a)
	}
}
