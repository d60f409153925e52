package topology

import (
	"fmt"
	"strings"
)

// lines is a text that is written line by line.
type lines struct{ strings.Builder }

func (w *lines) line(format string, args ...any) {
	fmt.Fprintf(w, format, args...)
	w.WriteByte('\n')
}
