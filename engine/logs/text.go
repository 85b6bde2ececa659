package logs

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxLine is how much of one line is kept, in bytes. What is longer is cut, and the line says so.
const maxLine = 1 << 20

// cutRoom is enough for the remark about what was cut.
const cutRoom = 64

// cutRemark stands at the end of a line that was too long to be kept whole.
func cutRemark(n int64) string { return fmt.Sprintf(" … [%d bytes not kept]", n) }

// textOf makes the text of a line from its bytes: the carriage returns before the line end are taken off (a terminal
// ends lines with CR LF), and each byte that is not UTF-8 is shown as \xNN, so that nothing is hidden and nothing
// looks like a character that was not written.
func textOf(line []byte) string {
	for len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	if utf8.Valid(line) {
		return string(line)
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(line) + 16)
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		if r == utf8.RuneError && size == 1 {
			b.WriteString(`\x`)
			b.WriteByte(hex[line[0]>>4])
			b.WriteByte(hex[line[0]&15])
		} else {
			b.Write(line[:size])
		}
		line = line[size:]
	}
	return b.String()
}

// growing collects the bytes of one line and keeps no more than maxLine of them.
type growing struct {
	buf  []byte
	lost int64 // bytes beyond maxLine
}

func (g *growing) add(b []byte) {
	if room := maxLine - len(g.buf); len(b) > room {
		g.lost += int64(len(b) - room)
		b = b[:room]
	}
	g.buf = append(g.buf, b...)
}

// text makes the text of what was collected.
func (g *growing) text() string {
	if g.lost == 0 {
		return textOf(g.buf)
	}
	kept := g.buf
	for i := 1; i <= utf8.UTFMax && i <= len(kept); i++ { // the cut may have split a character
		if utf8.RuneStart(kept[len(kept)-i]) {
			if !utf8.FullRune(kept[len(kept)-i:]) {
				g.lost += int64(i)
				kept = kept[:len(kept)-i]
			}
			break
		}
	}
	return textOf(bytes.TrimRight(kept, "\r")) + cutRemark(g.lost)
}

// reset makes room for the next line and gives the memory of an unusually long one back.
func (g *growing) reset() {
	if cap(g.buf) > 1<<17 {
		g.buf = nil
	}
	g.buf, g.lost = g.buf[:0], 0
}
