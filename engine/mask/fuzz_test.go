package mask

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Whatever stands on the lines around it, a secret is hidden, and what was masked once, as a log is that goes into a report, stays as
// it is.
func FuzzText(f *testing.F) {
	kinds := slices.Sorted(maps.Keys(secrets))
	for i := range kinds {
		f.Add(uint(i), "", "")
	}
	f.Add(uint(3), "Authorization:", "@host")
	f.Add(uint(7), `x: {"password="`, `"key": '`)
	f.Add(uint(11), "AKIA0123456789ABtoken=x", "cookie: a/b]@h")
	f.Add(uint(15), "-----BEGIN PRIVATE KEY-----", "http://a:b/c@d Bearer 01234567")
	f.Fuzz(func(t *testing.T, kind uint, before, after string) {
		if strings.Contains(before+after, planted) {
			return
		}
		name := kinds[kind%uint(len(kinds))]
		text := before + "\n" + secrets[name] + "\n" + after
		masked := Text(text)
		if strings.Contains(masked, planted) {
			t.Errorf("%s: %q became %q", name, text, masked)
		}
		if again := Text(masked); again != masked {
			t.Errorf("%q became %q, and then %q", text, masked, again)
		}
	})
}
