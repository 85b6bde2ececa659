package logs

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a line says is not always what was written: colours, titles and hyperlinks are control sequences, and a progress is
// written over itself. This is how a terminal would show it, as plain text.

// Last is what stands there after a line was written over itself: the text behind its last carriage return.
func Last(line string) string {
	end := len(line)
	for end > 0 && line[end-1] == '\r' {
		end--
	}
	return line[strings.LastIndexByte(line[:end], '\r')+1:]
}

// Sequence is the length of the control sequence at the start of s. One without an end takes the rest of the line.
func Sequence(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[': // CSI: ends with a letter or one of @[\]^_`{|}~
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_': // OSC and other strings: end with BEL or ESC \
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	case '(', ')', '*', '+', '#', '%': // a charset: one more byte
		return min(3, len(s))
	}
	return 2
}

// tabStop is how many columns there are from one tab to the next.
const tabStop = 8

// Shown is a line as it stands on a screen: without its control sequences, of what was written over itself the last, tabs as
// spaces. A line that has nothing of these, which nearly all are, is given back as it is.
func Shown(line string) string {
	if strings.IndexByte(line, 0x1b) < 0 && strings.IndexByte(line, '\r') < 0 && strings.IndexByte(line, '\t') < 0 {
		return line
	}
	line = Last(line)
	var text strings.Builder
	column := 0
	for i := 0; i < len(line); {
		if line[i] == 0x1b {
			i += Sequence(line[i:])
			continue
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case r == '\t':
			n := tabStop - column%tabStop
			text.WriteString("        "[:n])
			column += n
		case unicode.IsControl(r):
		default:
			text.WriteString(line[i : i+size])
			column++
		}
		i += size
	}
	return text.String()
}
