package docs_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/digcqrs/digcqrs/internal/testkit"
)

// TestAPI compares what each package exports with its testdata/api.txt, which
// -update writes.
func TestAPI(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"../cqrs", "../cqrs/middleware", "../cqrs/outbox", "../cqrs/outbox/mysql",
		"../cqrs/outbox/outboxtest", "../cqrs/outbox/postgres", "../cqrs/outbox/sqlite", "../cqrs/resilience",
		"../cqrs/cqrstest", "../cqrs/telemetry", "../cqrs/topology", "../container", "../bootstrap"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(exported(t, folder), "\n") + "\n"
			testkit.AssertGolden(t, folder+"/testdata/api.txt", got)
		})
	}
}

// exported returns a line for each exported name of the package in a folder,
// and for each exported field and method of its exported types, sorted.
func exported(t *testing.T, folder string) []string {
	t.Helper()
	fset := token.NewFileSet()
	files, err := fs.Glob(os.DirFS(folder), "*.go")
	require.NoError(t, err)
	var lines []string
	add := func(prefix string, node any) {
		var text bytes.Buffer
		require.NoError(t, printer.Fprint(&text, fset, node))
		line := strings.Join(strings.Fields(text.String()), " ")
		line = strings.NewReplacer("( ", "(", ", )", ")").Replace(line) // of parameters on lines of their own
		lines = append(lines, prefix+line)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, folder+"/"+name, nil, 0)
		require.NoError(t, err)
		ast.FileExports(file)
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || ast.IsExported(receiver(d)) {
					d.Body = nil
					add("", d)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range s.Names {
							add(d.Tok.String()+" ", name)
						}
					case *ast.TypeSpec:
						addType(add, s)
					}
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// receiver returns the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	name := ""
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name
}

// addType adds a type and, each in a line of its own, its fields or methods.
func addType(add func(prefix string, node any), s *ast.TypeSpec) {
	var members *ast.FieldList
	switch t := s.Type.(type) {
	case *ast.StructType:
		members, s.Type = t.Fields, ast.NewIdent("struct")
	case *ast.InterfaceType:
		members, s.Type = t.Methods, ast.NewIdent("interface")
	}
	add("type ", s)
	if members == nil {
		return
	}
	for _, m := range members.List {
		prefix := "type " + s.Name.Name + ": "
		if len(m.Names) == 0 {
			add(prefix, m.Type)
		}
		for _, name := range m.Names {
			if f, ok := m.Type.(*ast.FuncType); ok && s.Type.(*ast.Ident).Name == "interface" {
				add(prefix+"method ", &ast.FuncDecl{Name: name, Type: f})
				continue
			}
			add(prefix+"field "+name.Name+" ", m.Type)
		}
	}
}
