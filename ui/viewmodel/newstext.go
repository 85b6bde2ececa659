package viewmodel

import (
	"errors"
	"strings"
	"unicode"

	"berth/engine/fault"
)

// maxPlain is how many letters of a text from outside a person is shown in a notification.
const maxPlain = 200

// plain is a text from outside as one line without anything that acts: no control characters, none that turn the direction of
// writing, and not too long.
func plain(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	if letters := []rune(text); len(letters) > maxPlain {
		return strings.TrimSpace(string(letters[:maxPlain])) + "…"
	}
	return text
}

// WhyAndRemedy is why something failed, and what to do about it: empty when nobody knows.
func WhyAndRemedy(err error) (why, remedy string) {
	var f *fault.Error
	if errors.As(err, &f) && f.Remedy != "" {
		remedy = plain(Spoken(f.Remedy))
	}
	return plain(capital(Cause(err))), remedy
}

// causeAndRemedy is why something failed and what to do about it, a line each.
func causeAndRemedy(err error) string {
	why, remedy := WhyAndRemedy(err)
	if remedy == "" {
		return why
	}
	return why + "\n" + remedy
}
