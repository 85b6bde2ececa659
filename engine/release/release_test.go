package release

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

func TestMain(m *testing.M) { leak.Main(m) }

// feed is a server that answers with that.
func feed(t *testing.T, answer http.HandlerFunc) (string, Client) {
	t.Helper()
	s := httptest.NewTLSServer(answer)
	t.Cleanup(s.Close)
	return s.URL + "/releases", clientOf(t, s)
}

// clientOf is a client that trusts a server.
func clientOf(t *testing.T, s *httptest.Server) Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	if s.Certificate() != nil {
		transport.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	}
	t.Cleanup(transport.CloseIdleConnections)
	return Client{Agent: "berth/1.2.3", Stall: 10 * time.Second, HTTP: transport}
}

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

func TestTheHighestPublishedReleaseIsFound(t *testing.T) {
	for name, c := range map[string]struct{ answer, want string }{
		"one":              {`{"tag_name":"v1.4.0","body":"New.","other":{"x":[1]}}`, "1.4.0"},
		"a list":           {`[{"tag_name":"v1.4.0"},{"tag_name":"1.10.0"},{"tag_name":"v1.9.9"}]`, "1.10.0"},
		"a prerelease":     {`[{"tag_name":"v2.0.0","prerelease":true},{"tag_name":"v2.1.0-rc.1"},{"tag_name":"v1.4.0"}]`, "1.4.0"},
		"a draft":          {`[{"tag_name":"v2.0.0","draft":true},{"tag_name":"v1.4.0"}]`, "1.4.0"},
		"a short version":  {`{"tag_name":"v2"}`, "2.0.0"},
		"another tag":      {`[{"tag_name":"nightly"},{"tag_name":""},{},{"tag_name":"v1.4.0"}]`, "1.4.0"},
		"nothing":          {`[]`, ""},
		"only prereleases": {`[{"tag_name":"v2.0.0-beta"}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			address, client := feed(t, func(w http.ResponseWriter, r *http.Request) {
				if r.UserAgent() != "berth/1.2.3" || r.Header.Get("Accept") != "application/json" || len(r.Cookies()) > 0 {
					t.Errorf("asked with %v", r.Header)
				}
				say(c.answer)(w, r)
			})
			got, found, err := client.Newest(context.Background(), address)
			if err != nil || found != (c.want != "") || got.Version != c.want {
				t.Errorf("%+v, %v, %v", got, found, err)
			}
		})
	}
}

func TestVersionsAreComparedAsVersions(t *testing.T) {
	for running, want := range map[string]bool{
		"1.2.3": true, "v1.2.3": true, "1.3.0-rc.1": true, "1.3.0": false, "1.3.1": false, "1.10.0": false, "2.0.0": false,
		"0.1.0-dev": false, "v1.2.3-5-gabc1234": false, "v1.2.3-dirty": false, "v1.2.3-5-gabc1234-dirty": false, "abc1234": false, "dev": false, "": false,
	} {
		if got := (Release{Version: "1.3.0"}).Newer(running); got != want {
			t.Errorf("1.3.0 newer than %q: %v", running, got)
		}
	}
	for version, want := range map[string]bool{"1.2.3": false, "v1.2.3-rc.1": false, "0.1.0-dev": true, "v1.2.3-5-gabc1234": true, "abc1234": true, "v1.2.3-dirty": true} {
		if Development(version) != want {
			t.Errorf("%s is a development build: %v", version, !want)
		}
	}
}

func TestWhatIsNoAnswerSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   fault.Kind
		words  string
	}{
		"not JSON":                            {say("<html>hello</html>"), fault.BadInput, "does not answer with releases"},
		"half of it":                          {say(`[{"tag_name":"v1`), fault.BadInput, "does not answer with releases"},
		"more behind it":                      {say(`{"tag_name":"v1.0.0"} {"tag_name":"v2.0.0"}`), fault.BadInput, "does not answer with releases"},
		"other JSON":                          {say(`{"tag_name":7}`), fault.BadInput, "does not answer with releases"},
		"404":                                 {http.NotFound, fault.NotFound, "404"},
		"403":                                 {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, fault.RateLimited, "403"},
		"500":                                 {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, fault.Network, "500"},
		"10 MB":                               {say("[" + strings.Repeat(" ", 10<<20) + "]"), fault.BadInput, "larger"},
		"cut off":                             {cut, fault.Network, ""},
		"a redirect to http":                  {http.RedirectHandler("http://example.com/releases", http.StatusFound).ServeHTTP, fault.BadInput, "without https"},
		"from https to http on this computer": {http.RedirectHandler("http://127.0.0.1:1/releases", http.StatusFound).ServeHTTP, fault.BadInput, "without https"},
		"a redirect to a file":                {http.RedirectHandler("file:///etc/passwd", http.StatusFound).ServeHTTP, fault.BadInput, "without https"},
		"a circle":                            {http.RedirectHandler("/releases", http.StatusFound).ServeHTTP, fault.BadInput, "in circles"},
	} {
		t.Run(name, func(t *testing.T) {
			address, client := feed(t, c.answer)
			_, found, err := client.Newest(context.Background(), address)
			if found || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v, %v", found, err)
			}
		})
	}
}

// cut promises more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte("[{"))
}

func TestARedirectWithinHTTPSIsFollowed(t *testing.T) {
	address, client := feed(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/releases" {
			http.Redirect(w, r, "/moved", http.StatusMovedPermanently)
			return
		}
		say(`{"tag_name":"v1.4.0"}`)(w, r)
	})
	if got, found, err := client.Newest(context.Background(), address); err != nil || !found || got.Version != "1.4.0" {
		t.Errorf("%+v, %v, %v", got, found, err)
	}
}

func TestAFeedThatHangsIsLeft(t *testing.T) {
	for name, began := range map[string]bool{"before its answer": false, "in its answer": true} {
		t.Run(name, func(t *testing.T) {
			address, client := feed(t, func(w http.ResponseWriter, r *http.Request) {
				if began {
					_, _ = w.Write([]byte("["))
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			client.Stall = 300 * time.Millisecond
			if _, _, err := client.Newest(context.Background(), address); !errors.Is(err, fault.Timeout) || !strings.Contains(err.Error(), "does not answer") {
				t.Errorf("%v", err)
			}
		})
	}
	// One that is slow, but goes on, is waited for.
	address, client := feed(t, func(w http.ResponseWriter, _ *http.Request) {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for _, part := range strings.SplitAfter(`{"tag_name": "v1.4.0", "body": "a b c d"}`, " ") {
			<-tick.C
			_, _ = w.Write([]byte(part))
			w.(http.Flusher).Flush()
		}
	})
	client.Stall = 500 * time.Millisecond
	if got, _, err := client.Newest(context.Background(), address); err != nil || got.Version != "1.4.0" {
		t.Errorf("%+v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := client.Newest(ctx, address); !errors.Is(err, fault.Cancelled) {
		t.Errorf("%v", err)
	}
}

func TestAFeedThatCannotBeReachedIsNamedWithoutTheRestOfItsAddress(t *testing.T) {
	server := httptest.NewServer(say("[]"))
	server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	_, _, err := Client{}.Newest(context.Background(), server.URL+"/releases?token=secret")
	said := fault.From("", err)
	if want := host + " cannot be reached: connection refused"; said.Kind != fault.Network || said.Cause() != want {
		t.Errorf("it is %q (%v), want %q", said.Cause(), said.Kind, want)
	}
}

func TestACertificateThatNobodyTrustsIsRefused(t *testing.T) {
	address, client := feed(t, say(`{"tag_name":"v1.4.0"}`))
	client.HTTP = nil
	if _, found, err := client.Newest(context.Background(), address); err == nil || found {
		t.Errorf("%v, %v", found, err)
	}
}

func TestOnlyAnHTTPSAddressIsAFeed(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://api.github.com/repos/x/y/releases": true, "https://r.test:8443/": true, "http://127.0.0.1:8000/r": true, "http://localhost/r": true, "http://[::1]:8000/r": true,
		"": false, "http://r.test/": false, "http://localhost.r.test/": false, "http://10.0.0.1/": false, "ftp://r.test/": false, "file:///etc/passwd": false,
		"https://": false, "r.test/releases": false, "https://user:secret@r.test/": false, "https://:443/": false, "javascript:alert(1)": false,
	} {
		if err := CheckAddress(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
	s := httptest.NewServer(say(`{"tag_name":"v1.4.0"}`)) // http on this computer
	defer s.Close()
	if got, _, err := (Client{}).Newest(context.Background(), s.URL); err != nil || got.Version != "1.4.0" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheNotesAndThePageOfAHostileFeedCannotAct(t *testing.T) {
	address, client := feed(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"tag_name": "v9.9.9", "html_url": "javascript:alert(1)",
			"body": "# New\r\n\x1b]8;;http://evil\x07click\x1b]8;;\x07 \u202etxt.exe\u202c\x00 <b>bold</b>\n" + strings.Repeat("very long ", 100_000),
		})
	})
	got, _, err := client.Newest(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	if got.Page != "" || strings.ContainsAny(got.Notes, "\x1b\x07\x00\r\u202e\u202c") || utf8.RuneCountInString(got.Notes) > maxNotes+2 || !strings.HasPrefix(got.Notes, "# New\n]8;;http://evilclick]8;; txt.exe <b>bold</b>\n") {
		t.Errorf("%q, %.100q", got.Page, got.Notes)
	}
	of, _ := url.Parse("https://r.test/releases")
	for address, ok := range map[string]bool{
		"https://r.test/1.4.0": true, "https://R.TEST/1": true, "https://github.com/x/y/releases/tag/v1": true,
		"http://r.test/1.4.0": false, "https://evil.test/": false, "https://r.test.evil.test/": false, "https://r.test@evil.test/": false, "https://user@r.test/": false,
		"file:///etc/passwd": false, "javascript:alert(1)": false, "https://r.test/a b": false, "https://r.test/\n": false, "//r.test/": false, "": false,
		"https://r.test/" + strings.Repeat("x", 3000): false,
	} {
		if got := page(address, of); (got != "") != ok {
			t.Errorf("%.60q: %q", address, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"tag_name":"v1.2.3","body":"a\u0000b","html_url":"https://r.test/x","draft":false}]`))
	f.Add([]byte(`{"tag_name":"1.2.3+build","html_url":"https://github.com/\u202e"}`))
	f.Add([]byte(`[[[`))
	of, _ := url.Parse("https://r.test/releases")
	f.Fuzz(func(t *testing.T, text []byte) {
		got, found, err := parse(text, of)
		if (err != nil || !found) && got != (Release{}) {
			t.Errorf("%+v beside %v", got, err)
		}
		if !found {
			return
		}
		if Development(got.Version) || !got.Newer("0.0.0") && got.Version != "0.0.0" {
			t.Errorf("the version %q", got.Version)
		}
		if strings.ContainsAny(got.Notes, "\x00\x1b\r\u202e") || !utf8.ValidString(got.Notes) {
			t.Errorf("the notes %q", got.Notes)
		}
		if got.Page != "" && !strings.HasPrefix(got.Page, "https://") {
			t.Errorf("the page %q", got.Page)
		}
	})
}
