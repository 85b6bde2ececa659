package agent

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"berth/engine/fault"
)

func TestAKeyIsWhatWasMeantOrRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, key string }{
		"plain": {"sk-1", "sk-1"}, "copied with blanks": {" \tsk-1\r\n", "sk-1"}, "other letters": {"schlüssel", "schlüssel"},
		"nothing": {"", ""}, "blanks": {" \n", ""}, "two lines": {"a\nb", ""}, "two words": {"a b", ""}, "no-break space": {"a\u00a0b", ""},
		"control": {"a\x00b", ""}, "broken text": {"a\xffb", ""}, "a file": {strings.Repeat("a", maxKey+1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := CleanKey(c.text)
			if key != c.key || (err == nil) != (c.key != "") || err != nil && !errors.Is(err, fault.BadInput) {
				t.Errorf("got %q, %v", key, err)
			}
		})
	}
}

// What opencode answers to a refused key may quote it, so it is not told.
func TestARefusedKeyIsNotQuoted(t *testing.T) {
	c := answering(t, http.StatusBadRequest, `{"message":"sk-planted is no key"}`)
	for _, err := range []error{c.SetKey(t.Context(), "a/../b", "sk-planted"), c.RemoveKey(t.Context(), "x")} {
		if err == nil || strings.Contains(err.Error(), "planted") || !strings.Contains(err.Error(), "it answered 400") {
			t.Errorf("got %v", err)
		}
	}
	if err := answering(t, http.StatusOK, "<html>").SetKey(t.Context(), "x", "sk-planted"); err == nil {
		t.Error("a web page was taken for a yes")
	}
}

func TestAKeyThatIsSetAndNotYetUsedSaysSo(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.EscapedPath())
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprint(w, "true")
	}))
	t.Cleanup(s.Close)
	err := NewClient(V1, strings.TrimPrefix(s.URL, "http://"), "", nil).SetKey(t.Context(), "a/../b", "sk-1")
	if err == nil || !strings.Contains(err.Error(), "it is done, but") {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(asked, ", "); got != "PUT /auth/a%2F..%2Fb, POST /global/dispose" {
		t.Errorf("asked %s", got)
	}
}

func TestAListOfProvidersThatCannotBeReadIsNotQuoted(t *testing.T) {
	for name, body := range map[string]string{"no JSON": "sk-planted", "cut": `{"all":[{"id":"x","key":"sk-planted`, "another shape": `{"all":"sk-planted"}`} {
		if _, err := answering(t, http.StatusOK, body).Providers(t.Context()); err == nil || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", name, err)
		}
	}
	all, err := answering(t, http.StatusOK, `{"all":[{"id":"b","name":"beta","source":"env","env":["B_KEY"],"key":"sk-planted","models":{"m":{}}},{"id":"a","name":"Alpha"},{"name":"none"}],"connected":["b"]}`).Providers(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != "a" || !all[1].ByEnv || !all[1].Usable || strings.Contains(fmt.Sprint(all), "planted") {
		t.Errorf("got %+v, %v", all, err)
	}
}
