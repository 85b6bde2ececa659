// Package mask hides what can be a secret in texts that leave Berth: its log, a diagnostics report, an error that is copied, a
// crash report. Berth never puts a secret there itself; what it quotes (an engine's error, an address in the settings, the
// environment) may hold one.
//
// It knows no secret and asks nobody for one: it goes by rules. An address loses its user and password, a name that says
// password, token or key loses its value, and a word that is formed like a key or is long and random is no more than "***".
// Rather too much is hidden than too little.
package mask

import (
	"io"
	"regexp"
	"strings"
	"unicode"
)

// Hidden stands where a secret was.
const Hidden = "***"

// maxPasses is how often a text is looked at: what was hidden may end what hid something else.
const maxPasses = 8

// Text is a text without what can be a secret in it. A masked text stays as it is.
func Text(text string) string {
	if len(text) < 4 {
		return text
	}
	for range maxPasses {
		was := text
		if text = once(text); text == was {
			break
		}
	}
	return text
}

func once(text string) string {
	text = privateKey.ReplaceAllString(text, "${1}"+Hidden+"${2}")
	text = address.ReplaceAllStringFunc(text, maskAddress)
	text = bare.ReplaceAllStringFunc(text, maskBare)
	text = header.ReplaceAllString(text, "${1}${2}"+Hidden)
	text = scheme.ReplaceAllStringFunc(text, maskScheme)
	text = maskPairs(text)
	text = shapes.ReplaceAllString(text, Hidden)
	return long.ReplaceAllStringFunc(text, maskLong)
}

// Value is a value without what can be a secret, hidden as a whole when its name says that it is one.
func Value(name, value string) string {
	if value == "" {
		return ""
	}
	if SecretName(name) {
		return Hidden
	}
	return Text(value)
}

// Writer gives a writer that hides secrets in all that is written through it. Each write is looked at by itself, so a line
// has to come in one.
func Writer(to io.Writer) io.Writer { return writer{to} }

type writer struct{ to io.Writer }

func (w writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.to, Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

var (
	privateKey = regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|$)`)
	// address is a URL up to where a text goes on.
	address = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>\\` + "`" + `]+`)
	// bare is user:password@host without a scheme, as proxies are written.
	bare = regexp.MustCompile(`[\w.+%-]+:[^\s@/"'\\:]+@[\w.-]+`)
	// header is one of HTTP that signs in.
	header = regexp.MustCompile(`(?i)\b((?:proxy-)?authorization|x-registry-auth|x-api-key|(?:set-)?cookie)(\\*["']?[ \t]*[:=][ \t]*\\*["'\[]*)[^\r\n"'\\\]]+`)
	scheme = regexp.MustCompile(`(?i)\b((?:bearer|basic)[ \t]+)([a-z0-9+/_.~=-]{8,})`)
	// pair is a name and its value: NAME=value, "name":"value", name: value, also within a quoted text. A quoted value ends with its line:
	// one quote alone must not pass a name on the next line for a value.
	pair = regexp.MustCompile(`([A-Za-z][\w.-]*)(\\*["']?\s*[=:]\s*)(\\+"[^"\\\n]*|"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|[^\s,;&"'\\}\])]+)`)
	// nested is a value that is a name with a value itself.
	nested = regexp.MustCompile("^[\"'\\\\]*" + pair.String())
	// shapes are keys that tell themselves by how they begin.
	shapes = regexp.MustCompile(`\b(?:(?:sk|pk|rk)[-_][\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}` +
		`|AKIA[0-9A-Z]{12,}|ASIA[0-9A-Z]{12,}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|hf_\w{16,}|npm_\w{20,}|dckr_pat_[\w-]{16,}|ya29\.[\w-]+|gsk_\w{16,})`)
	long = regexp.MustCompile(`[\w+=-]{32,}`)
)

// maskAddress takes user and password out of a URL. The user of ssh is no secret; one of the web may be a token.
func maskAddress(url string) string {
	before, rest, _ := strings.Cut(url, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if at < 0 && passwordWithSlash(rest[:end]) {
		at = strings.LastIndexByte(rest, '@')
	}
	if at < 0 {
		return url
	}
	if strings.EqualFold(before, "ssh") && !strings.Contains(rest[:at], ":") {
		return url
	}
	return before + "://" + Hidden + rest[at:]
}

// passwordWithSlash reports whether what should be host and port is a user and the begin of a password.
func passwordWithSlash(authority string) bool {
	_, port, ok := strings.Cut(authority, ":")
	return ok && !strings.HasPrefix(authority, "[") && strings.Trim(port, "0123456789") != ""
}

func maskBare(text string) string {
	at := strings.LastIndexByte(text, '@')
	if strings.HasPrefix(text[at+1:], "sha256") || strings.HasPrefix(text[at+1:], "sha512") { // an image by tag and digest
		return text
	}
	return Hidden + text[at:]
}

func maskScheme(text string) string {
	m := scheme.FindStringSubmatch(text)
	if m == nil || !strings.ContainsAny(m[2], "0123456789=") { // "basic authentication"
		return text
	}
	return m[1] + Hidden
}

// maskPairs hides the values of those names that say that they are secret.
func maskPairs(text string) string {
	var masked strings.Builder
	for {
		m := pair.FindStringSubmatchIndex(text)
		if m == nil {
			masked.WriteString(text)
			return masked.String()
		}
		name, from, end := text[m[2]:m[3]], m[6], m[1]
		masked.WriteString(text[:from])
		if !SecretName(name) {
			text = text[from:] // the value may be a name itself: err="password=x"
			continue
		}
		if inner := nested.FindStringIndex(text[from:]); inner != nil && from+inner[1] > end { // token: password="x"
			end = from + inner[1]
			masked.WriteString(Hidden)
		} else {
			masked.WriteString(hideValue(text[from:end]))
		}
		text = text[end:]
	}
}

// hideValue hides a value and leaves its quotes.
func hideValue(value string) string {
	quote, closing := "", ""
	if i := strings.IndexAny(value, `"'`); i >= 0 {
		quote = value[:i+1]
	}
	if (quote == `"` || quote == "'") && len(value) > 1 && strings.HasSuffix(value, quote) {
		closing = quote
	}
	return quote + Hidden + closing
}

// maskLong hides a long word of capitals, small letters and digits. Digests and identifiers have no capitals.
func maskLong(word string) string {
	if strings.ContainsFunc(word, unicode.IsUpper) && strings.ContainsFunc(word, unicode.IsLower) && strings.ContainsFunc(word, unicode.IsDigit) {
		return Hidden
	}
	return word
}
