package errtext_test

import (
	html "html/template"
	"reflect"
	"testing"
	text "text/template"

	"github.com/stretchr/testify/assert"

	"github.com/digcqrs/digcqrs/internal/errtext"
)

type (
	page[T any]    []T
	pair[A, B any] struct {
		A A
		B B
	}
)

func TestShortName(t *testing.T) {
	t.Parallel()
	for typ, want := range map[reflect.Type]string{
		nil:                                           "<nil>",
		reflect.TypeFor[int]():                        "int",
		reflect.TypeFor[*html.Template]():             "*template.Template",
		reflect.TypeFor[page[int]]():                  "errtext_test.page[int]",
		reflect.TypeFor[page[html.CSS]]():             "errtext_test.page[template.CSS]",
		reflect.TypeFor[[]*page[*page[[]html.CSS]]](): "[]*errtext_test.page[*errtext_test.page[[]template.CSS]]",
		reflect.TypeFor[pair[html.CSS, map[html.JS]*errtext.List]](): "errtext_test.pair[" +
			"template.CSS,map[template.JS]*errtext.List]",
		reflect.TypeFor[page[func(html.CSS, html.JS) (error, html.URL)]](): "errtext_test.page[" +
			"func(template.CSS, template.JS) (error, template.URL)]",
		reflect.TypeFor[page[chan<- html.CSS]]():      "errtext_test.page[chan<- template.CSS]",
		reflect.TypeFor[page[struct{ A html.CSS }]](): "errtext_test.page[struct { A template.CSS }]",
		reflect.TypeFor[page[struct {
			A html.CSS `a:"b/c[d/e]"`
		}]](): reflect.TypeFor[page[struct {
			A html.CSS `a:"b/c[d/e]"`
		}]]().String(),
	} {
		assert.Equal(t, want, errtext.ShortName(typ))
	}
}

func TestSprintf_types(t *testing.T) {
	t.Parallel()
	htmlTemplate, textTemplate := reflect.TypeFor[*html.Template](), reflect.TypeFor[*text.Template]()

	t.Run("are written as in Go where their names differ", func(t *testing.T) {
		t.Parallel()
		for _, typ := range []reflect.Type{
			htmlTemplate,
			reflect.TypeFor[int](),
			reflect.TypeFor[error](),
			reflect.TypeFor[[]html.Template](),
			reflect.TypeFor[[3]*html.Template](),
			reflect.TypeFor[map[string][]html.FuncMap](),
			reflect.TypeFor[chan html.CSS](),
			reflect.TypeFor[<-chan html.CSS](),
			reflect.TypeFor[chan<- html.CSS](),
			reflect.TypeFor[func()](),
			reflect.TypeFor[func(int, ...html.CSS) error](),
			reflect.TypeFor[func(html.CSS, []int) (*html.Template, error)](),
			reflect.TypeFor[struct{ A html.CSS }](),
			reflect.TypeFor[interface{ A(html.CSS) }](),
		} {
			assert.Equal(t, typ.String(), errtext.Sprintf("%v", typ))
		}
	})

	t.Run("have import paths where two would have the same name", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "*html/template.Template is not *text/template.Template, but *template.Tree",
			errtext.Sprintf("%v is not %v, but *template.Tree", htmlTemplate, textTemplate))
	})

	t.Run("have import paths wherever they are a part of another type", func(t *testing.T) {
		t.Parallel()
		for typ, want := range map[reflect.Type]string{
			reflect.TypeFor[[]text.Template]():                        "[]text/template.Template",
			reflect.TypeFor[[2]text.Template]():                       "[2]text/template.Template",
			reflect.TypeFor[map[string]text.Template]():               "map[string]text/template.Template",
			reflect.TypeFor[map[text.Template]int]():                  "map[text/template.Template]int",
			reflect.TypeFor[chan *text.Template]():                    "chan *text/template.Template",
			reflect.TypeFor[func(...text.Template) text.FuncMap]():    "func(...text/template.Template) template.FuncMap",
			reflect.TypeFor[func(*text.Template, int) (int, error)](): "func(*text/template.Template, int) (int, error)",
		} {
			assert.Equal(t, want+", html/template.Template", errtext.Sprintf("%v, %v", typ, htmlTemplate.Elem()))
		}
	})

	t.Run("have short names beside those that have import paths", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, "*html/template.Template, *text/template.Template, template.CSS", errtext.Sprintf("%v",
			errtext.Join([]reflect.Type{htmlTemplate, textTemplate, reflect.TypeFor[html.CSS]()}, ", ")))
	})

	t.Run("are distinguished in what a text quotes", func(t *testing.T) {
		t.Parallel()
		about := func(typ reflect.Type) error { return failure(errtext.New("app", "no %v", typ)) }
		part := errtext.Part("%v[name=%q]", htmlTemplate, "a")
		want := `*html/template.Template[name="a"]: no *text/template.Template`
		assert.Equal(t, want, errtext.Sprintf("%v: %v", part, failure(errtext.Part("no %v", textTemplate))))
		assert.Equal(t,
			"app: no *html/template.Template\napp: no *text/template.Template",
			errtext.Errors(about(htmlTemplate), about(textTemplate)).Error())
		assert.Equal(t, "app: no *template.Template", about(textTemplate).Error())
	})

	t.Run("may be nil", func(t *testing.T) {
		t.Parallel()
		var none reflect.Type
		assert.Equal(t, "<nil>", errtext.Sprintf("%v", none))
	})
}

func TestFullName(t *testing.T) {
	t.Parallel()
	for typ, want := range map[reflect.Type]string{
		reflect.TypeFor[*html.Template]():   "*html/template.Template",
		reflect.TypeFor[[]html.Template]():  "[]html/template.Template",
		reflect.TypeFor[error]():            "error",
		reflect.TypeFor[page[html.CSS]]():   "github.com/digcqrs/digcqrs/internal/errtext_test.page[html/template.CSS]",
		reflect.TypeFor[func(html.CSS)]():   "func(html/template.CSS)",
		reflect.TypeFor[struct{ A int }]():  "struct { A int }",
		reflect.TypeFor[map[string]error](): "map[string]error",
	} {
		assert.Equal(t, want, errtext.FullName(typ))
	}
}
