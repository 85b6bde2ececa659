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

func TestWhatAnOpencodeCallsThingsIsShortAndCannotAct(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case V1.HealthPath:
			_, _ = io.WriteString(w, `{"healthy":true,"version":"1.18\u001b[31m.33`+long+`"}`)
		case V1.ProjectPath:
			_, _ = io.WriteString(w, `[]`)
		case V1.SessionPath:
			_, _ = io.WriteString(w, `[{"id":"a","title":"a\nb\u202e`+long+`","directory":"/`+long+`"},{"id":"`+long+`"}]`)
		default:
			_, _ = io.WriteString(w, `{"all":[{"id":"p","name":"`+long+`"},{"id":"`+long+`","name":"q"}]}`)
		}
	}))
	defer s.Close()
	c := NewClient(V1, strings.TrimPrefix(s.URL, "http://"), "secret", nil)
	if version, err := c.Health(t.Context()); err != nil || len(version) > 2*maxVersion || !strings.HasPrefix(version, "1.18[31m.33x") {
		t.Errorf("the version is %.100q, %v", version, err)
	}
	sessions, err := c.Sessions(t.Context())
	if err != nil || len(sessions) != 1 || len(sessions[0].Title) > 2*maxTitle || !strings.HasPrefix(sessions[0].Title, "a bx") || len(sessions[0].Directory) > 2*maxPath {
		t.Errorf("%d sessions, %.300q, %v", len(sessions), sessions, err)
	}
	providers, err := c.Providers(t.Context())
	if err != nil || len(providers) != 1 || len(providers[0].Name) > 2*maxTitle {
		t.Errorf("%d providers, %v", len(providers), err)
	}
}
