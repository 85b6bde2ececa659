package widget

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"golang.org/x/text/width"
)

// A log is laid out in cells of one width, as a terminal is.

// cellWidth is the width of a cell at a text size, measured over many because widths are rounded.
func cellWidth(size float32) float32 {
	const many = 100
	sample := make([]byte, many)
	for i := range sample {
		sample[i] = 'M'
	}
	return fyne.MeasureText(string(sample), size, fyne.TextStyle{Monospace: true}).Width / many
}

// cellsOf is how many cells a character takes.
func cellsOf(r rune) int {
	if r < 0x1100 {
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cells is how many cells a text takes.
func cells(text string) int {
	n := 0
	for i := 0; i < len(text); {
		if text[i] < 0x80 {
			n++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		n += cellsOf(r)
		i += size
	}
	return n
}

// byteAt is where the character that covers a cell begins; the text's length behind its end.
func byteAt(text string, cell int) int {
	if cell <= 0 {
		return 0
	}
	at := 0
	for i, r := range text {
		next := at + cellsOf(r)
		if next > cell {
			return i
		}
		at = next
	}
	return len(text)
}

// shownCells is how many cells a line takes on the screen, as parseANSI would put it there, without making the spans. Lines of
// plain ASCII, which nearly all are, are only counted.
func shownCells(line string, limit int) int {
	for i := range len(line) {
		if c := line[i]; c < 0x20 || c >= 0x7f {
			n := 0
			for _, s := range parseUpTo(line, "", limit) {
				n += cells(s.text)
			}
			return n
		}
	}
	if len(line) >= limit {
		return limit + 1 // the ellipsis
	}
	return len(line)
}
