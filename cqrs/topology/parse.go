package topology

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
)

// Parse reads the JSON of an Application. It returns a [*ParseError] if data is not such JSON,
// or is that of another [Schema]. It ignores fields that it does not know.
func Parse(data []byte) (Application, error) {
	var version struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return Application{}, invalidError(data, err)
	}
	switch {
	case version.Schema == nil:
		return Application{}, parseError(ErrInvalid, nil,
			"the JSON has no schema, so it describes no application; make it with mediator.Topology or bootstrap.Describe")
	case *version.Schema != Schema:
		return Application{}, parseError(ErrSchema, nil,
			"the JSON has schema %d, but this version of the package reads schema %d; "+
				"make the JSON again, or use the version that made it", *version.Schema, Schema)
	}
	var a Application
	if err := json.Unmarshal(data, &a); err != nil {
		return Application{}, invalidError(data, err)
	}
	return a, nil
}

// invalidError returns the error for JSON that encoding/json rejects, with the line.
func invalidError(data []byte, cause error) error {
	offset, what := int64(0), fmt.Sprint(cause)
	if syntax, is := errors.AsType[*json.SyntaxError](cause); is {
		offset = syntax.Offset
	} else if wrong, is := errors.AsType[*json.UnmarshalTypeError](cause); is {
		offset = wrong.Offset
		what = fmt.Sprintf("%s must not be a JSON %s", cmp.Or(wrong.Field, "an application"), wrong.Value)
	}
	line := 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
	return parseError(ErrInvalid, cause,
		"line %d of the JSON is invalid: %s; make the JSON with mediator.Topology or bootstrap.Describe", line, what)
}
