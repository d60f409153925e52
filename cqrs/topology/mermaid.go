package topology

import (
	"fmt"
	"strings"
	"unicode"
)

// mermaid is a text in the language of Mermaid.
type mermaid struct{ lines }

// quoteMermaid returns lines as a quoted text.
func quoteMermaid(lines ...string) string { return `"` + escapeMermaid(lines...) + `"` }

// escapeMermaid returns lines as a text. Mermaid gives a meaning to many characters, so all that
// are neither letters nor digits are written as their numbers, with a few exceptions.
func escapeMermaid(lines ...string) string {
	var text strings.Builder
	for i, line := range lines {
		if i > 0 {
			text.WriteString("<br/>")
		}
		for _, r := range line {
			switch {
			case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" .,/-", r):
				text.WriteRune(r)
			case unicode.IsControl(r):
				text.WriteRune(unicode.ReplacementChar)
			default:
				fmt.Fprintf(&text, "#%d;", r)
			}
		}
	}
	if text.Len() == 0 {
		return "#160;" // a space, because Mermaid does not take an empty text
	}
	return text.String()
}
