package i18n

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"fyne.io/fyne/v2/lang"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// plurals are the texts about a number of things in a language that is not the desktop's. Fyne would choose their form by the rules
// of the desktop's: "1 sessions" in Chinese, and in Russian one for "few", which the others have not.
type plurals struct {
	language language.Tag
	texts    map[string]map[string]string // the forms of a text
}

// foreign are those that are used; nil where Fyne's rules are the right ones.
var foreign atomic.Pointer[plurals]

// readPlurals finds them in translations.
func readPlurals(data []byte, of string) (*plurals, error) {
	var texts map[string]json.RawMessage
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, err
	}
	found := &plurals{language.Make(of), map[string]map[string]string{}}
	for key, text := range texts {
		if len(text) == 0 || text[0] != '{' {
			continue
		}
		var forms map[string]string
		if err := json.Unmarshal(text, &forms); err != nil {
			return nil, err
		}
		found.texts[key] = forms
	}
	return found, nil
}

// of is a text in the form that n takes; "" for one that is not there.
func (p *plurals) of(english string, n int) string {
	forms := p.texts[english]
	if plural.Cardinal.MatchPlural(p.language, max(n, -n), 0, 0, 0, 0) == plural.One && forms["one"] != "" {
		return forms["one"] // the languages there are have no other forms
	}
	return forms["other"]
}

// N is a text about n things, "%d lines", in the form that n takes in the person's language. More args may follow the number.
func N(english string, n int, args ...any) string {
	text := ""
	if own := foreign.Load(); own != nil {
		text = own.of(english, n)
	}
	if text == "" {
		text = lang.N(english, n)
	}
	return fmt.Sprintf(text, append([]any{n}, args...)...)
}
