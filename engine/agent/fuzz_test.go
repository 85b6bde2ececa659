package agent

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"berth/engine/fault"
)

// says is an opencode that gives the same answer to everything, without a network.
type says struct {
	status int
	body   []byte
}

func (s says) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: s.status, Body: io.NopCloser(bytes.NewReader(s.body)), Header: http.Header{}, Request: r}, nil
}

func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`{"healthy":true,"version":"1.18.33"}`, `<html></html>`, `{"data":{"path":"/x/opencode.jsonc","message":"line 3,\n column 7"}}`, `{"message":"\u001b[31mx"}`,
		`[{"id":"ses_1","title":"A","directory":"/workspace","worktree":"/workspace/a","time":{"created":1790000000000,"updated":1790000000001}},{"id":"ses_2","worktree":"/"}]`,
		`{"all":[{"id":"anthropic","name":"Anthropic","source":"env","env":["ANTHROPIC_API_KEY"],"key":"s3cret"},{"id":"x"}],"connected":["x"]}`, "broken \xff", "true",
	} {
		f.Add(200, []byte(body))
		f.Add(400, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		c := NewClient(V1, "opencode.test:4096", "secret", nil)
		c.http = &http.Client{Transport: says{status, body}, CheckRedirect: c.http.CheckRedirect}

		version, err := c.Health(t.Context())
		if err == nil && status != http.StatusOK || !readable(version) || utf8.RuneCountInString(version) > maxVersion+1 {
			t.Errorf("healthy with %d, version %q", status, version)
		}
		if err := c.CheckConfig(t.Context()); (err == nil) != (status == http.StatusOK) || err != nil && (!readable(err.Error()) || len(err.Error()) > 2000) {
			t.Errorf("with %d its configuration is %q", status, err)
		}
		sessions, err := c.Sessions(t.Context())
		again, _ := c.Sessions(t.Context())
		if err != nil && len(sessions) > 0 || !slices.Equal(sessions, again) {
			t.Errorf("sessions %+v, then %+v, %v", sessions, again, err)
		}
		if !slices.IsSortedFunc(sessions, func(a, b Conversation) int { return b.Updated.Compare(a.Updated) }) {
			t.Errorf("sessions in the order %+v", sessions)
		}
		providers, err := c.Providers(t.Context())
		if err != nil && fault.KindOf(err) != fault.Unknown {
			t.Errorf("got %v", err)
		}
		for i, p := range providers {
			if p.ID == "" || p.Name == "" || i > 0 && cmp.Or(strings.Compare(strings.ToLower(providers[i-1].Name), strings.ToLower(p.Name)), strings.Compare(providers[i-1].ID, p.ID)) >= 0 {
				t.Errorf("provider %d is %+v", i, p)
			}
		}
	})
}

// readable reports whether a text can stand in one line of the window.
func readable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func FuzzCleanKey(f *testing.F) {
	f.Add(" sk-1 \n")
	f.Add("a\u00a0b")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := CleanKey(text)
		if err != nil {
			if len(strings.TrimSpace(text)) > 20 && strings.Contains(err.Error(), strings.TrimSpace(text)) {
				t.Errorf("the error quotes the key: %v", err)
			}
			return
		}
		if again, err := CleanKey(key); err != nil || again != key || key == "" || !readable(key) || strings.ContainsAny(key, " \t") {
			t.Errorf("%q is %q, then %q, %v", text, key, again, err)
		}
	})
}
