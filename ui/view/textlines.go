package view

import (
	"strings"

	"berth/ui/widget"
)

// textLines is a text as a log.
type textLines []string

func newTextLines(text string) textLines {
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// Len is the number of lines.
func (t textLines) Len() int { return len(t) }

// Line is one of them.
func (t textLines) Line(i int) widget.LogLine {
	if i < 0 || i >= len(t) {
		return widget.LogLine{}
	}
	return widget.LogLine{Seq: uint64(i) + 1, Text: t[i]}
}
