package render

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"
)

// Dot draws a graph in the language DOT, in a format such as "svg" or "png". It fails if Graphviz
// has anything to say. It skips the test where there is no Graphviz; if CI is set, it fails the test.
func Dot(t testing.TB, text, format string) ([]byte, error) {
	t.Helper()
	if _, err := exec.LookPath("dot"); err != nil {
		missing(t, "the program dot is not in the PATH, so DOT is not drawn")
	}
	cmd := exec.CommandContext(t.Context(), "dot", "-T"+format)
	cmd.Stdin = bytes.NewReader([]byte(text))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		return nil, fmt.Errorf("render: dot: %v: %s, in:\n%.1000s", err, &stderr, text)
	}
	return stdout.Bytes(), nil
}
