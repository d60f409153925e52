package outbox

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/digcqrs/digcqrs/internal/safe"
)

// RetryPolicy is how often a failed delivery is attempted again, and when.
type RetryPolicy struct {
	// Attempts is how many attempts a delivery has before it becomes a dead letter. The default
	// is 10.
	Attempts int
	// Initial is the wait before the second attempt. It doubles with each further attempt. The
	// default is one second.
	Initial time.Duration
	// Max is the longest wait. The default is one hour.
	Max time.Duration
}

// ErrPermanent marks an error that no further attempt can change: a delivery whose handler
// returns an error that wraps it becomes a dead letter at once.
var ErrPermanent = errors.New("outbox: permanent failure")

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.Attempts == 0 {
		p.Attempts = 10
	}
	if p.Initial == 0 {
		p.Initial = time.Second
	}
	if p.Max == 0 {
		p.Max = time.Hour
	}
	return p
}

// failure returns what to record of a failed attempt.
func (p RetryPolicy) failure(attempt int, err error) Failure {
	f := Failure{Error: bounded(safe.Text(err))}
	if attempt >= p.Attempts || safe.Is(err, ErrPermanent) {
		f.Dead = true
	} else {
		f.Retry = p.wait(attempt)
	}
	return f
}

// wait returns the wait after an attempt: exponential, and shortened by up to a fifth at
// random, so that deliveries that failed together do not come back together.
func (p RetryPolicy) wait(attempt int) time.Duration {
	wait := p.Initial
	for range attempt - 1 {
		if wait >= p.Max/2 {
			wait = p.Max
			break
		}
		wait *= 2
	}
	wait = min(wait, p.Max)
	return wait - time.Duration(rand.Float64()*float64(wait)/5)
}

// bounded shortens the text of an error for the store.
func bounded(text string) string {
	const longest = 2000
	if len(text) <= longest {
		return text
	}
	cut := longest
	for cut > 0 && text[cut]&0xc0 == 0x80 { // within a character
		cut--
	}
	return text[:cut] + " …"
}
