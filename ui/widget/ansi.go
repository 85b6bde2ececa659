package widget

import (
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"berth/engine/logs"
	"berth/ui/theme"
)

// span is a piece of a log line in one style.
type span struct {
	text  string
	color fyne.ThemeColorName
	bold  bool
}

// maxShown is how many characters of a line are put on the screen; details and copies have it whole.
const maxShown = 2000

// parseANSI reads a line as spans: colours act, every other control sequence (cursor moves, titles, hyperlinks) and what
// else acts is taken out, a carriage return keeps what was written last, tabs become spaces. It looks at no more than is shown.
func parseANSI(line string, normal fyne.ThemeColorName) []span {
	return parseUpTo(line, normal, maxShown)
}

// parseUpTo is parseANSI for so many characters.
func parseUpTo(line string, normal fyne.ThemeColorName, limit int) []span {
	line = logs.Last(line)
	var spans []span
	var text strings.Builder
	now := span{color: normal}
	flush := func() {
		if text.Len() > 0 {
			now.text = text.String()
			spans = append(spans, now)
			text.Reset()
		}
	}
	shown := 0
	for i := 0; i < len(line) && shown < limit; {
		if line[i] == 0x1b {
			sequence := logs.Sequence(line[i:])
			if style, ok := sgr(line[i:i+sequence], now, normal); ok {
				flush()
				now = style
			}
			i += sequence
			continue
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case r == '\t':
			n := 8 - shown%8
			text.WriteString(strings.Repeat(" ", n))
			shown += n
		case logs.Acts(r):
		default:
			text.WriteRune(r)
			shown++
		}
		i += size
	}
	if shown >= limit {
		text.WriteString("…")
	}
	flush()
	return spans
}

var ansiColors = []fyne.ThemeColorName{
	theme.Muted, theme.Bad, theme.OK, theme.Warn, theme.Info, theme.Accent, theme.Accent, theme.Text,
}

// sgr applies a colour sequence (ESC [ ... m) to a style.
func sgr(sequence string, now span, normal fyne.ThemeColorName) (span, bool) {
	body, ok := strings.CutPrefix(sequence, "\x1b[")
	if !ok || !strings.HasSuffix(body, "m") {
		return now, false
	}
	codes := strings.FieldsFunc(strings.TrimSuffix(body, "m"), func(r rune) bool { return r == ';' || r == ':' })
	if len(codes) == 0 {
		codes = []string{"0"}
	}
	for i := 0; i < len(codes); i++ {
		n := 0
		for _, digit := range codes[i] {
			if digit < '0' || digit > '9' || n > 1000 {
				return now, false
			}
			n = n*10 + int(digit-'0')
		}
		switch {
		case n == 0:
			now = span{color: normal}
		case n == 1:
			now.bold = true
		case n == 2:
			now.color = theme.Muted
		case n == 22:
			now.bold = false
		case n == 39:
			now.color = normal
		case n >= 30 && n <= 37:
			now.color = ansiColors[n-30]
		case n >= 90 && n <= 97:
			now.color = ansiColors[n-90]
		case n == 38 || n == 48: // of 256 colours or RGB: the palette stays ours, so their arguments are skipped
			if i+1 < len(codes) && codes[i+1] == "5" {
				i += 2
			} else {
				i += 4
			}
		}
	}
	return now, true
}

// PlainText is a line as text without its control sequences and what else acts, whole; of a progress that was written over itself
// it is the last, as on the screen. Tabs stay tabs.
func PlainText(line string) string {
	var text strings.Builder
	for i, line := 0, logs.Last(line); i < len(line); {
		if line[i] == 0x1b {
			i += logs.Sequence(line[i:])
			continue
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		if r == '\t' || !logs.Acts(r) {
			text.WriteRune(r) // not the bytes: two that are no letter could become one that acts where what was between them went
		}
		i += size
	}
	return text.String()
}
