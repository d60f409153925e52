package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

func (s *session) printJSON(value any) error {
	encoder := json.NewEncoder(s.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func (s *session) printLine(text string) error {
	_, err := fmt.Fprintln(s.stdout, text)
	return err
}

// printDone prints that a command has changed something.
func (s *session) printDone(d done, format string, args ...any) error {
	if s.config.json {
		return s.printJSON(d)
	}
	return s.printLine(printable(fmt.Sprintf(format, args...)))
}

// printTable prints rows with aligned columns.
func (s *session) printTable(rows [][]string) error {
	w := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = printable(cell)
		}
		if _, err := fmt.Fprintln(w, strings.Join(cells, "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// printable quotes a text with characters that would spoil the table, or control the terminal.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
