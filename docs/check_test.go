package docs_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	repo := fstest.MapFS{
		".ci/run":            {Data: []byte("step \"tests\" go test ./...\n")},
		"LICENSE":            {},
		"cqrs/a/go.mod":      {Data: []byte("module github.com/digcqrs/digcqrs/cqrs/a\n\ngo 1.26\n")},
		"docs/a.md":          {Data: []byte("# One, two\n")},
		"docs/other/main.go": {Data: []byte("package main\n\nfunc main() {\n\tone()\n\ttwo()\n}\n")},
		"docs/quickstart/main.go": {Data: []byte(
			"package main\n\nfunc main() {\n\tone()\n\tif two() {\n\t\tthree()\n\t}\n}\n")},
		"docs/quickstart/testdata/output.txt": {Data: []byte("one\n  two\nthree\n")},
		"docs/quickstart/testdata/old.txt":    {Data: []byte("one\n")},
		"docs/other/testdata/output.txt":      {Data: []byte("one\n")},
		"docs/testdata/compile/gone.txt":      {Data: []byte("one\n")},
		"examples/a/main.go":                  {Data: []byte("package main\n")},
		"examples/a/b/b.go":                   {Data: []byte("package b\n")},
		"examples/b/c/c.go":                   {Data: []byte("package c\n")},
		"examples/a/main_test.go":             {},
		"examples/a/testdata/output.txt":      {},
		"examples/a/testdata/pictures/a.mmd":  {Data: []byte("flowchart LR\n  a --> b\n")},
		"docs/other/testdata/pictures/a.mmd":  {Data: []byte("flowchart LR\n  a --> b\n")},
	}
	const (
		program = "<!-- from: quickstart/main.go -->\n"
		output  = "<!-- from: quickstart/testdata/output.txt -->\n"
	)
	for name, text := range map[string]string{
		"code":                    program + "```go\nfunc main() {\n\tone()\n```\n",
		"code without indent":     program + "```go\nif two() {\n\tthree()\n}\n```\n",
		"output":                  output + "```text\n  two\nthree\n```\n",
		"a command of .ci/run":    "```console\ngo test ./...\n```\n",
		"a package of an example": "<!-- from: ../examples/a/b/b.go -->\n```go\npackage b\n```\n",
		"a picture":               "<!-- from: ../examples/a/testdata/pictures/a.mmd -->\n```mermaid\nflowchart LR\n  a --> b\n```\n",
		"a module":                "```console\ngo get github.com/digcqrs/digcqrs/cqrs/a\n```\n",
		"a tested example":        "```console\ngo run ./examples/a\n```\n",
		"a file, a heading, web":  "[a](../LICENSE) [b](a.md#one-two) [c](https://example.com)\n",
		"a link within code":      "`[a](nowhere)`\n",
	} {
		assert.Empty(t, check(repo, "docs/x.md", text), name)
	}
	for name, text := range map[string]string{
		"code without source":         "```go\none()\n```\n",
		"a comment that is not above": program + "\n```go\none()\n```\n",
		"changed code":                program + "```go\nfour()\n```\n",
		"code that lacks a line":      program + "```go\none()\n\tthree()\n```\n",
		"code with another indent":    program + "```go\nif two() {\nthree()\n}\n```\n",
		"code that is not compiled":   "<!-- from: other/main.go -->\n```go\none()\n```\n",
		"code of an untested example": "<!-- from: ../examples/b/c/c.go -->\n```go\npackage c\n```\n",
		"code of no file":             "<!-- from: none/main.go -->\n```go\none()\n```\n",
		"changed output":              output + "```text\none\ntwo\n```\n",
		"a part of a line":            output + "```text\non\n```\n",
		"output that is not compared": "<!-- from: quickstart/testdata/old.txt -->\n```text\none\n```\n",
		"a changed picture":           "<!-- from: ../examples/a/testdata/pictures/a.mmd -->\n```mermaid\nflowchart LR\n  a --> c\n```\n",
		"a picture of no program":     "<!-- from: other/testdata/pictures/a.mmd -->\n```mermaid\nflowchart LR\n  a --> b\n```\n",
		"output of no program":        "<!-- from: other/testdata/output.txt -->\n```text\none\n```\n",
		"output of no compilation":    "<!-- from: testdata/compile/gone.txt -->\n```text\none\n```\n",
		"output without source":       "```text\none\n```\n",
		"a command that is not run":   "```console\ngo test ./... -v\n```\n",
		"a module that is not here":   "```console\ngo get github.com/digcqrs/digcqrs/cqrs/b\n```\n",
		"a program that is not run":   "```console\ngo run ./docs/other\n```\n",
		"another language":            output + "```sh\none\n```\n",
		"no language":                 output + "```\none\n```\n",
		"an indented fence":           output + "  ```text\none\n```\n",
		"another fence":               output + "~~~text\none\n~~~\n",
		"a fence that is not closed":  output + "```text\none\n",
		"an empty block":              output + "```text\n```\n",
		"a link to no file":           "[a](none.md)\n",
		"a link to no heading":        "[a](a.md#three)\n",
		"a link to itself":            "[a](#three)\n",
	} {
		assert.NotEmpty(t, check(repo, "docs/x.md", text), name)
	}
}
