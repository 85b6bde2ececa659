package autostart

import (
	"errors"
	"strings"
	"unicode"
)

// The Exec key of the Desktop Entry specification: arguments, quoted by one rule, in a string, escaped by another.

// escapes are those of a string of the specification.
var escapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`)

// composeExec writes a command as the value of Exec.
func composeExec(argv []string) string {
	parts := make([]string, len(argv))
	for i, arg := range argv {
		parts[i] = quoteArg(arg)
	}
	return escapes.Replace(strings.Join(parts, " "))
}

// quoteArg quotes an argument where it has more than plain letters; the specification reserves some of the rest. A percent sign is doubled, for it begins a field code.
func quoteArg(arg string) string {
	arg = strings.ReplaceAll(arg, "%", "%%")
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-=:+@,%", r)
	}
	if arg != "" && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return `"` + strings.NewReplacer(`"`, `\"`, "`", "\\`", `$`, `\$`, `\`, `\\`).Replace(arg) + `"`
}

var errExec = errors.New("the line Exec cannot be understood")

// parseExec reads the value of Exec.
func parseExec(value string) ([]string, error) {
	text, err := unescape(value)
	if err != nil {
		return nil, err
	}
	argv := []string{}
	var arg strings.Builder
	began, quoted := false, false
	flush := func() {
		if began {
			argv = append(argv, arg.String())
		}
		arg.Reset()
		began = false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\':
			if i++; i == len(text) {
				return nil, errExec
			}
			arg.WriteByte(text[i])
		case c == '"':
			quoted, began = !quoted, true
		case !quoted && (c == ' ' || c == '\t' || c == '\n'):
			flush()
		case c == '%':
			if i++; i == len(text) {
				return nil, errExec
			}
			if text[i] == '%' { // every other field code stands for a file or an icon, and there is none at login
				arg.WriteByte('%')
				began = true
			}
		default:
			arg.WriteByte(c)
			began = true
		}
	}
	if quoted {
		return nil, errExec
	}
	flush()
	return argv, nil
}

// unescape reads a string of the specification.
func unescape(value string) (string, error) {
	var text strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' {
			text.WriteByte(value[i])
			continue
		}
		if i++; i == len(value) {
			return "", errExec
		}
		switch value[i] {
		case 's':
			text.WriteByte(' ')
		case 'n':
			text.WriteByte('\n')
		case 't':
			text.WriteByte('\t')
		case 'r':
			text.WriteByte('\r')
		case '\\':
			text.WriteByte('\\')
		default:
			text.WriteString(value[i-1 : i+1]) // by hand, as "\$" once: what was meant is the letter behind
		}
	}
	return text.String(), nil
}
