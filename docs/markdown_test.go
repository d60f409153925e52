package docs_test

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// block is the text between two fences of a document.
type block struct {
	line     int    // of the opening fence, from 1
	language string // "go", "text", "mermaid" or "console"
	source   string // the path in the comment above, relative to the document
	text     string
}

var (
	fence   = regexp.MustCompile("^\\s*(```|~~~)")
	comment = regexp.MustCompile(`^<!-- from: (\S+) -->$`)
	code    = regexp.MustCompile("`[^`]*`")
	link    = regexp.MustCompile(`\]\(([^)]*)\)`)
	heading = regexp.MustCompile(`^#+ (.*)$`)
)

// parse returns the blocks of a document, and the document without them.
func parse(text string) (blocks []block, prose []string) {
	var b *block
	var above string
	for i, line := range strings.Split(text, "\n") {
		switch {
		case b != nil && line == "```":
			blocks = append(blocks, *b)
			b = nil
		case b != nil:
			b.text += line + "\n"
		case fence.MatchString(line):
			b = &block{line: i + 1, language: strings.TrimPrefix(line, "```")}
			if m := comment.FindStringSubmatch(above); m != nil {
				b.source = m[1]
			}
		default:
			prose = append(prose, line)
		}
		above = line
	}
	if b != nil {
		blocks = append(blocks, block{line: b.line, language: "(a fence that is not closed)"})
	}
	return blocks, prose
}

// check returns what is wrong with a document.
func check(repo fs.FS, name, text string) []string {
	var wrong []string
	blocks, prose := parse(text)
	for _, b := range blocks {
		if problem := checkBlock(repo, name, b); problem != "" {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %s", name, b.line, problem))
		}
	}
	for _, line := range prose {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
			if problem := checkLink(repo, name, m[1]); problem != "" {
				wrong = append(wrong, fmt.Sprintf("%s: link to %q: %s", name, m[1], problem))
			}
		}
	}
	return wrong
}

func checkBlock(repo fs.FS, name string, b block) string {
	if b.text == "" {
		return "the block is empty, or its fence is not closed"
	}
	if b.language == "console" {
		for command := range strings.Lines(b.text) {
			command = strings.TrimSpace(command)
			typed := name == tutorialPage && slices.Contains(tutorialCommands, command)
			if !typed && !isTested(repo, command) {
				return fmt.Sprintf("no test runs %q", command)
			}
		}
		return ""
	}
	if b.source == "" {
		return "the block has no <!-- from: FILE --> on the line above"
	}
	source := path.Join(path.Dir(name), b.source)
	content, err := fs.ReadFile(repo, source)
	if err != nil {
		return err.Error()
	}
	switch b.language {
	case "go":
		if path.Ext(source) != ".go" || !isProgram(repo, path.Dir(source)) {
			return source + " is not a Go file that a test compiles"
		}
		if !contains(string(content), b.text, dedent) {
			return "the block is not in " + source
		}
	case "text", "mermaid":
		if !isCompared(repo, source) {
			return source + " is not an output that a test compares"
		}
		if !contains(string(content), b.text, func(lines []string) []string { return lines }) {
			return "the block is not in " + source
		}
	default:
		return fmt.Sprintf("the block is of the language %q; use go, text, mermaid or console", b.language)
	}
	return ""
}

// isProgram reports whether a test builds what is in dir: one of this package, one that is
// beside it, or that of the example that it is a part of.
func isProgram(repo fs.FS, dir string) bool {
	for _, pattern := range append([]string{compileDirs}, programDirs...) {
		if ok, _ := path.Match(pattern, dir); ok {
			return true
		}
	}
	tests, _ := fs.Glob(repo, path.Join(dir, "*_test.go"))
	if parts := strings.Split(dir, "/"); parts[0] == "examples" && len(parts) > 2 {
		example, _ := fs.Glob(repo, path.Join(parts[0], parts[1], "*_test.go"))
		tests = append(tests, example...)
	}
	return len(tests) > 0
}

// isCompared reports whether a test compares what is in a file: with the output of
// a program, with that of the compiler, with a picture, with an error, with call stacks, or with lines of a log.
func isCompared(repo fs.FS, source string) bool {
	if dir, ok := strings.CutSuffix(source, "/testdata/output.txt"); ok {
		return isProgram(repo, dir)
	}
	if dir, ok := strings.CutSuffix(path.Dir(source), "/testdata/pictures"); ok {
		return path.Ext(source) == ".mmd" && isProgram(repo, dir)
	}
	if ok, _ := path.Match(compileDirs+".txt", source); ok {
		_, err := fs.Stat(repo, strings.TrimSuffix(source, ".txt"))
		return err == nil
	}
	if lines, _ := path.Match("cqrs/middleware/testdata/log_lines*.txt", source); lines {
		return true
	}
	switch path.Dir(source) {
	case "docs/testdata/paths", "cqrs/outbox/cmd/outboxctl/testdata", "cqrs/topology/testdata", "examples/testing_an_application/meetings/testdata":
		return true
	}
	dir, ok := strings.CutSuffix(path.Dir(source), "/testdata/errors")
	return ok && slices.Contains(textPackages, dir)
}

// isTested reports whether a command is one that .ci/run runs, runs a program whose
// output is compared, or gets a module that is in this repository.
func isTested(repo fs.FS, command string) bool {
	if command == ".ci/run" {
		return true
	}
	if dir, ok := strings.CutPrefix(command, "go run ./"); ok {
		_, err := fs.Stat(repo, path.Join(dir, "testdata/output.txt"))
		return err == nil && isProgram(repo, dir)
	}
	if command == installCommand { // TestReadme_Program
		return true
	}
	if module, ok := strings.CutPrefix(command, "go get "); ok {
		dir := strings.TrimPrefix(strings.TrimPrefix(module, "github.com/digcqrs/digcqrs"), "/")
		file, err := fs.ReadFile(repo, path.Join(dir, "go.mod"))
		return err == nil && strings.HasPrefix(string(file), "module "+module+"\n")
	}
	script, _ := fs.ReadFile(repo, ".ci/run")
	step := regexp.MustCompile(`(?m)^step "[^"]*" ` + regexp.QuoteMeta(command) + `$`)
	return step.Match(script)
}

// contains reports whether part is a run of lines in whole, where both are
// normalized.
func contains(whole, part string, normalize func([]string) []string) bool {
	lines := strings.Split(strings.TrimSuffix(whole, "\n"), "\n")
	want := normalize(strings.Split(strings.TrimSuffix(part, "\n"), "\n"))
	for i := range len(lines) - len(want) + 1 {
		if slices.Equal(normalize(lines[i:i+len(want)]), want) {
			return true
		}
	}
	return false
}

// dedent removes the tabs that all non-empty lines begin with.
func dedent(lines []string) []string {
	indent := -1
	for _, line := range lines {
		if line != "" {
			tabs := len(line) - len(strings.TrimLeft(line, "\t"))
			if indent < 0 || tabs < indent {
				indent = tabs
			}
		}
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = line[min(max(indent, 0), len(line)):]
	}
	return out
}

func checkLink(repo fs.FS, from, target string) string {
	if strings.HasPrefix(target, "https://") {
		return ""
	}
	file, anchor, _ := strings.Cut(target, "#")
	to := from
	if file != "" {
		to = path.Join(path.Dir(from), file)
	}
	if _, err := fs.Stat(repo, to); err != nil {
		return err.Error()
	}
	if anchor == "" {
		return ""
	}
	text, err := fs.ReadFile(repo, to)
	if err != nil {
		return err.Error()
	}
	_, prose := parse(string(text))
	for _, line := range prose {
		if m := heading.FindStringSubmatch(line); m != nil && slug(m[1]) == anchor {
			return ""
		}
	}
	return "there is no such heading"
}

// slug returns the anchor of a heading.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		default:
			return -1
		}
	}, strings.ToLower(heading))
}
