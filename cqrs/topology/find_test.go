package topology_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/cqrs/topology"
	"github.com/digcqrs/digcqrs/internal/testkit"
)

// messageTexts are the error texts of TestApplication_MermaidSequence.
var messageTexts = []string{"message_unknown", "message_similar", "message_ambiguous"}

func TestApplication_MermaidSequence(t *testing.T) {
	t.Parallel()
	a := meeting()
	want, err := a.MermaidSequence("example.com/meet/rooms.JoinMeeting")
	require.NoError(t, err)
	for _, name := range []string{"rooms.JoinMeeting", "JoinMeeting", "meet/rooms.JoinMeeting"} {
		t.Run("takes "+name, func(t *testing.T) {
			t.Parallel()
			got, err := a.MermaidSequence(name)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}

	t.Run("reports other names", func(t *testing.T) {
		t.Parallel()
		a := meeting()
		a.Requests = append(a.Requests, topology.Request{Message: "example.com/meet/theatre.JoinMeeting"})
		for i, test := range []struct {
			name       string
			reason     error
			candidates []string
		}{
			{"Leave", topology.ErrUnknown, nil},
			{"UserJoind", topology.ErrUnknown, []string{"example.com/meet/rooms.UserJoined"}},
			{"JoinMeeting", topology.ErrAmbiguous,
				[]string{"example.com/meet/rooms.JoinMeeting", "example.com/meet/theatre.JoinMeeting"}},
		} {
			text, err := a.MermaidSequence(test.name)
			assert.Empty(t, text)
			var message *topology.MessageError
			require.ErrorAs(t, err, &message)
			require.ErrorIs(t, err, test.reason)
			assert.Equal(t, test.name, message.Name)
			assert.Equal(t, test.candidates, message.Candidates)
			testkit.AssertErrorText(t, messageTexts[i], err)
		}
		for _, name := range []string{"", "Meeting", "Auditable", "."} {
			_, err := a.MermaidSequence(name)
			require.ErrorIs(t, err, topology.ErrUnknown, name)
		}
	})
}
