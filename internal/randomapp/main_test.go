package randomapp_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

// cases is the number of cases to draw unless the flag -rapid.checks is set.
const cases = "2000"

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", cases); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}
