package autostart

import "strings"

// The command lines of Windows: one text, of which the first part is the program and the rest is taken apart by that.

// composeCommand writes a command as one. A path has no quotes on Windows, and there is no way to write one.
func composeCommand(argv []string) string {
	var line strings.Builder
	line.WriteString(`"` + strings.ReplaceAll(argv[0], `"`, "") + `"`)
	for _, arg := range argv[1:] {
		line.WriteString(" " + quoteCommandArg(arg))
	}
	return line.String()
}

// quoteCommandArg writes an argument. Backslashes are letters, but for those before a quote, which are doubled.
func quoteCommandArg(arg string) string {
	if arg != "" && !strings.ContainsFunc(arg, func(r rune) bool { return r <= ' ' || r == '"' }) {
		return arg
	}
	var b strings.Builder
	slashes := 0
	b.WriteByte('"')
	for i := range len(arg) {
		switch arg[i] {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteByte(arg[i])
	}
	b.WriteString(strings.Repeat(`\`, slashes) + `"`)
	return b.String()
}

// splitCommand takes a command apart as Windows' CommandLineToArgvW does. The program ends at the next quote, or without quotes at
// the next space, whatever backslashes there are.
func splitCommand(line string) []string {
	argv := []string{}
	if line == "" {
		return argv
	}
	program, rest, _ := strings.Cut(strings.TrimPrefix(line, `"`), `"`)
	if line[0] != '"' {
		end := strings.IndexFunc(line, func(r rune) bool { return r <= ' ' })
		if end < 0 {
			end = len(line)
		}
		program, rest = line[:end], line[end:]
	}
	argv = append(argv, program)
	for {
		if rest = strings.TrimLeft(rest, " \t"); rest == "" {
			return argv
		}
		var arg string
		arg, rest = nextArg(rest)
		argv = append(argv, arg)
	}
}

// nextArg reads one argument, as a Go program does too at its start. Of the backslashes before a quote each two are one, and one
// that is left makes the quote a letter; so does a second quote where the first ends what is quoted.
func nextArg(text string) (arg, rest string) {
	var b strings.Builder
	quoted, slashes := false, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' {
			slashes++
			continue
		}
		if c == '"' {
			b.WriteString(strings.Repeat(`\`, slashes/2))
		} else {
			b.WriteString(strings.Repeat(`\`, slashes))
		}
		literal := slashes%2 == 1
		slashes = 0
		switch {
		case c == '"' && literal:
			b.WriteByte(c)
		case c == '"':
			if quoted && i+1 < len(text) && text[i+1] == '"' {
				b.WriteByte(c)
				i++
			}
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t'):
			return b.String(), text[i:]
		default:
			b.WriteByte(c)
		}
	}
	b.WriteString(strings.Repeat(`\`, slashes))
	return b.String(), ""
}
