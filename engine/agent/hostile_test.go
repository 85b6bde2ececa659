package agent

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// What answers in a sandbox is the agent's to choose.
func TestAPasswordFollowsNoAnswerElsewhere(t *testing.T) {
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	s := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	c := NewClient(V1, strings.TrimPrefix(s.URL, "http://"), "secret", nil)
	_, health := c.Health(t.Context())
	_, sessions := c.Sessions(t.Context())
	_, providers := c.Providers(t.Context())
	for what, err := range map[string]error{
		"its health": health, "its sessions": sessions, "its providers": providers, "its configuration": c.CheckConfig(t.Context()),
		"a key": c.SetKey(t.Context(), "anthropic", "sk-ant-secret"), "a removal": c.RemoveKey(t.Context(), "anthropic"),
	} {
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("asking for %s: %v", what, err)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("another program was asked %d times", n)
	}
}

func TestAnAnswerWithoutAnEndIsLeft(t *testing.T) {
	var sent atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"title":"`)
		for text := []byte(strings.Repeat("x", 1<<16)); ; {
			n, err := w.Write(text)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	c := NewClient(V1, strings.TrimPrefix(s.URL, "http://"), "secret", nil)
	if _, err := c.Health(t.Context()); err == nil {
		t.Error("it is healthy")
	}
	if _, err := c.Sessions(t.Context()); err == nil {
		t.Error("it has sessions")
	}
	if got := sent.Load(); got > 2*(maxAnswer+maxSessionAnswer) { // some is on its way when it is left
		t.Errorf("%d bytes were taken", got)
	}
}
