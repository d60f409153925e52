package sqloutbox

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// formatUUID returns the usual form of a UUID that may be written without hyphens.
func formatUUID(s string) string {
	s = strings.ToLower(s)
	if len(s) != 32 {
		return s
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// isUUID reports whether s is a UUID in the usual form.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !strings.ContainsRune("0123456789abcdef", rune(c)):
			return false
		}
	}
	return true
}

// splitID returns the record and the subscription of the ID of a delivery.
func splitID(id string) (record, subscription string, ok bool) {
	record, subscription, ok = strings.Cut(id, "/")
	record = strings.ToLower(record)
	return record, subscription, ok && isUUID(record)
}

// maxText is how long the text of an error is in the tables, in bytes.
const maxText = 4096

// cleanText returns a text that every database stores.
func cleanText(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// isText reports whether every database stores s as text.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// encodeHeaders returns JSON, or nil if there are no headers.
func encodeHeaders(headers map[string]string) (*string, error) {
	if len(headers) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(headers)
	if err != nil {
		return nil, err
	}
	text := string(data)
	return &text, nil
}

// decodeHeaders returns what encodeHeaders has encoded. Headers are no reason to refuse a record, so
// that what somebody else has written counts as none.
func decodeHeaders(text *string) map[string]string {
	var headers map[string]string
	if text == nil || json.Unmarshal([]byte(*text), &headers) != nil {
		return nil
	}
	return headers
}

// latestDue is the latest time that every database stores.
var latestDue = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// encodeDue returns microseconds since 1970, or nil for now.
func encodeDue(due time.Time) any {
	switch {
	case due.IsZero():
		return nil
	case due.After(latestDue):
		return latestDue.UnixMicro()
	}
	return max(0, due.UnixMicro())
}
