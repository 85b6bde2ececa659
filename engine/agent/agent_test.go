package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

func TestMain(m *testing.M) { leak.Main(m) }

// answering is an opencode that gives one answer, as a booting or broken one does; what a healthy one says is proven on
// the real one by the tests of the façade.
func answering(t *testing.T, status int, body string) *Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return NewClient(V1, strings.TrimPrefix(s.URL, "http://"), "secret", nil)
}

func TestOnlyItsOwnReportCountsAsHealth(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		ok     bool
	}{
		"healthy":                {200, `{"healthy":true,"version":"1.18.33"}`, true},
		"says it is not":         {200, `{"healthy":false,"version":"1.18.33"}`, false},
		"a web page":             {200, "<html></html>", false},
		"nothing":                {200, "", false},
		"another program's":      {200, `{"status":"ok"}`, false},
		"an error with a report": {500, `{"healthy":true,"version":"1"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			version, err := answering(t, c.status, c.body).Health(t.Context())
			if c.ok != (err == nil) || c.ok && version != "1.18.33" {
				t.Errorf("got %q, %v", version, err)
			}
			if err != nil && !errors.Is(err, fault.Unhealthy) {
				t.Errorf("the kind is %s", fault.KindOf(err))
			}
		})
	}
}

func TestAWrongPasswordIsNotTakenForBadHealth(t *testing.T) {
	good := answering(t, 200, `{"healthy":true}`)
	wrong := NewClient(V1, strings.TrimPrefix(good.base, "http://"), "other", nil)
	if _, err := wrong.Health(t.Context()); !errors.Is(err, fault.Unauthorized) || strings.Contains(err.Error(), "other") {
		t.Errorf("got %v", err)
	}
}

func TestABrokenConfigurationIsToldInItsOwnWords(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		body, want string // want is "" when nothing is wrong
	}{
		"fine":             {200, "{}", ""},
		"path and message": {400, `{"data":{"path":"/x/opencode.jsonc","message":"line 3,\n column 7"}}`, "/x/opencode.jsonc line 3, column 7"},
		"no JSON":          {400, "broken", "broken"},
		"a novel":          {400, strings.Repeat("ü", 1000), "…"},
		"another trouble":  {500, "", "500"},
	} {
		t.Run(name, func(t *testing.T) {
			err := answering(t, c.status, c.body).CheckConfig(t.Context())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			kind := fault.BrokenConfig
			if c.status != 400 {
				kind = fault.Unhealthy // it may pass
			}
			if !errors.Is(err, kind) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnOpencodeThatSaysNothingHoldsNobodyUp(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(release)
	began := time.Now()
	_, err := NewClient(V1, strings.TrimPrefix(s.URL, "http://"), "", nil).Health(context.Background())
	if took := time.Since(began); took > 3*probeTimeout || !errors.Is(err, fault.Unhealthy) {
		t.Errorf("after %v: %v", took, err)
	}
}

func TestTheOpenAddressSignsIn(t *testing.T) {
	open := NewClient(V1, "127.0.0.1:4096", "p&ss/word+", nil).OpenURL()
	u, err := url.Parse(open)
	if err != nil || u.Host != "127.0.0.1:4096" || u.Query().Get("auth_token") != "b3BlbmNvZGU6cCZzcy93b3JkKw==" {
		t.Errorf("got %s, %v", open, err)
	}
}

func TestAnUnknownMajorVersionIsRefused(t *testing.T) {
	for version, ok := range map[string]bool{"": true, "1.18.33": true, "v1.0": true, "2.0.0": false, "latest": false, "10.1": false} {
		if _, err := For(version); (err == nil) != ok {
			t.Errorf("%q: %v", version, err)
		}
	}
}

func TestEveryPathItWritesIsOnAVolume(t *testing.T) {
	for _, path := range V1.Writes {
		on := false
		for _, mount := range V1.Mounts {
			on = on || path == mount || strings.HasPrefix(path, mount+"/")
		}
		if !on {
			t.Errorf("%s would be lost", path)
		}
	}
}
