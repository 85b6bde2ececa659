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

// Acts reports whether a letter does something to a screen, a terminal or a clipboard instead of standing there: the control
// letters of both sets, U+009B that begins a control sequence as ESC [ does among them, and those that turn the direction of
// writing, by which a line can be made to read as another one. A tab is one too.
func Acts(r rune) bool {
	return unicode.IsControl(r) || r > unicode.MaxLatin1 && unicode.Is(unicode.Bidi_Control, r)
}

// acting reports whether a line has a letter that acts. It passes over the printable letters of ASCII eight at a time, for a search
// looks at every line of a log.
func acting(line string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for len(line) > 0 {
		if len(line) >= 8 {
			v := uint64(line[0]) | uint64(line[1])<<8 | uint64(line[2])<<16 | uint64(line[3])<<24 |
				uint64(line[4])<<32 | uint64(line[5])<<40 | uint64(line[6])<<48 | uint64(line[7])<<56
			// The high bit of a byte is set when it is beyond ASCII, or becomes so by what is below a space, or by DEL.
			if (v|(v-' '*ones)|(v+ones))&high == 0 {
				line = line[8:]
				continue
			}
		}
		if line[0] < utf8.RuneSelf {
			if line[0] < ' ' || line[0] > '~' {
				return true
			}
			line = line[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(line)
		if Acts(r) {
			return true
		}
		line = line[size:]
	}
	return false
}

// Shown is a line as it stands on a screen: without its control sequences and what else acts, of what was written over itself the
// last, tabs as spaces. A line that has nothing of these, which nearly all are, is given back as it is.
func Shown(line string) string {
	if !acting(line) {
		return line
	}
	line = Last(line)
	var text strings.Builder
	text.Grow(len(line))
	column := 0
	for i := 0; i < len(line); {
		if line[i] == 0x1b {
			i += Sequence(line[i:])
			continue
		}
		from := i
		for i < len(line) && line[i] >= ' ' && line[i] <= '~' {
			i++
		}
		if i > from {
			text.WriteString(line[from:i])
			column += i - from
			continue
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case r == '\t':
			n := tabStop - column%tabStop
			text.WriteString("        "[:n])
			column += n
		case Acts(r):
		default:
			text.WriteRune(r) // not the bytes: two that are no letter could become one that acts where what was between them went
			column++
		}
		i += size
	}
	return text.String()
}
