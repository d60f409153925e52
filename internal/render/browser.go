package render

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// timeout is how long a browser may take to answer.
const timeout = 120 * time.Second

// Browser is a browser without a window whose page has loaded Mermaid. Its methods may be called
// from several goroutines, one after the other.
type Browser struct {
	mu      sync.Mutex
	in      io.Writer
	out     *bufio.Reader
	kill    func() error
	lastID  int
	session string
}

// Open starts a browser, which ends with the test. It skips the test where there is no browser or
// no Mermaid; if CI is set, it fails the test.
func Open(t testing.TB) *Browser {
	t.Helper()
	program, script := os.Getenv("CHROMIUM"), os.Getenv("MERMAID")
	if program == "" || script == "" {
		missing(t, "CHROMIUM or MERMAID is not set, so Mermaid is not drawn; see package internal/render")
	}
	source, err := os.ReadFile(script)
	require.NoError(t, err)

	fromUs, in, err := os.Pipe()
	require.NoError(t, err)
	out, toUs, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions",
		"--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{fromUs, toUs} // the descriptors 3 and 4 of --remote-debugging-pipe
	require.NoError(t, cmd.Start())
	require.NoError(t, errors.Join(fromUs.Close(), toUs.Close()))

	b := &Browser{in: in, out: bufio.NewReader(out), kill: cmd.Process.Kill}
	t.Cleanup(func() {
		_, _ = b.call("Browser.close", nil)
		_ = cmd.Wait()
		_, _ = in.Close(), out.Close()
	})
	require.NoError(t, b.attach())
	require.NoError(t, b.evaluate(string(source), nil))
	require.NoError(t, b.evaluate(page, nil))
	return b
}

// missing skips a test that lacks a program.
func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal("CI is set: " + why)
	}
	t.Skip(why)
}

// attach makes a page and directs all further calls to it.
func (b *Browser) attach() error {
	var target struct {
		TargetID string `json:"targetId"`
	}
	if err := b.callInto(&target, "Target.createTarget", map[string]any{"url": "about:blank"}); err != nil {
		return err
	}
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	err := b.callInto(&attached, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true})
	b.session = attached.SessionID
	return err
}

// evaluate runs JavaScript in the page, waits for its promise and decodes the value into result.
func (b *Browser) evaluate(source string, result any) error {
	var answer struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		ExceptionDetails *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	err := b.callInto(&answer, "Runtime.evaluate",
		map[string]any{"expression": source, "awaitPromise": true, "returnByValue": result != nil})
	switch failed := answer.ExceptionDetails; {
	case err != nil:
		return err
	case failed != nil:
		return fmt.Errorf("render: %s %s", failed.Text, failed.Exception.Description)
	case result == nil:
		return nil
	default:
		return json.Unmarshal(answer.Result.Value, result)
	}
}

func (b *Browser) callInto(result any, method string, params map[string]any) error {
	answer, err := b.call(method, params)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, result)
}

// call calls a method of the DevTools protocol: JSON that ends with a zero byte, in both directions.
func (b *Browser) call(method string, params map[string]any) (json.RawMessage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastID++
	request := map[string]any{"id": b.lastID, "method": method, "params": params}
	if b.session != "" && method != "Browser.close" {
		request["sessionId"] = b.session
	}
	line, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	late := time.AfterFunc(timeout, func() { _ = b.kill() })
	defer late.Stop()
	if _, err := b.in.Write(append(line, 0)); err != nil {
		return nil, fmt.Errorf("render: %s: %w", method, err)
	}
	for {
		line, err := b.out.ReadBytes(0)
		if err != nil {
			return nil, fmt.Errorf("render: %s: the browser has ended: %w", method, err)
		}
		var answer struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  *struct {
				Message string `json:"message"`
			} `json:"error"`
		}
		if err := json.Unmarshal(line[:len(line)-1], &answer); err != nil {
			return nil, err
		}
		if answer.ID != b.lastID { // an event
			continue
		}
		if answer.Error != nil {
			return nil, fmt.Errorf("render: %s: %s", method, answer.Error.Message)
		}
		return answer.Result, nil
	}
}
