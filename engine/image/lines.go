package image

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/docker/go-units"

	"berth/engine/task"
)

// Limits of what is kept of a build's output. A line of 1 MB is kept whole; a build that prints nothing else is not.
const (
	maxLine    = 1 << 20
	longLine   = 16 << 10
	longBudget = 8 << 20 // bytes of all lines beyond longLine together
	lastLines  = 40      // of a step, for its error
)

// output takes what one build step prints, in pieces of any size, and writes whole lines to the step's log.
type output struct {
	step    *task.Step
	budget  *int            // what is left for long lines, shared by all steps of a build
	partial strings.Builder // the line that has no end yet
	lost    int             // bytes of it beyond maxLine
	held    bool            // the last piece ended with \r, and the next tells whether that is half of a line's end
	last    []string
}

// write takes a piece.
func (o *output) write(data string) {
	if o.held && data != "" {
		o.held, data = false, "\r"+data
	}
	for data != "" {
		end := strings.IndexAny(data, "\r\n")
		if end < 0 {
			o.keep(data)
			return
		}
		o.keep(data[:end])
		if data[end:] == "\r" {
			o.held = true
			return
		}
		if data[end] == '\r' && !strings.HasPrefix(data[end:], "\r\n") {
			o.overwritten()
		} else {
			o.line()
		}
		data = strings.TrimPrefix(data[end:], "\r")
		data = strings.TrimPrefix(data, "\n")
	}
}

func (o *output) keep(data string) {
	room := maxLine - o.partial.Len()
	if len(data) > room {
		o.lost += len(data) - room
		data = data[:room]
	}
	o.partial.WriteString(data)
}

// overwritten handles text that the next one replaces, as programs draw progress: it is shown and not kept.
func (o *output) overwritten() {
	text := o.partial.String()
	o.partial.Reset()
	o.lost = 0
	if current, total, ok := curlMeter(text); ok {
		o.step.Bytes("downloading", current, total)
	}
}

// line ends the line and logs it.
func (o *output) line() {
	text := o.partial.String()
	o.partial.Reset()
	if current, total, ok := curlMeter(text); ok { // the meter's last word
		o.step.Bytes("downloading", current, total)
		return
	}
	lost := o.lost
	o.lost = 0
	if len(text) > longLine {
		if *o.budget < len(text) {
			lost += len(text) - longLine
			text = text[:longLine]
		} else {
			*o.budget -= len(text)
		}
	}
	text = strings.ToValidUTF8(cutRune(text), "\uFFFD")
	if lost > 0 {
		text += fmt.Sprintf(" … (%d more bytes)", lost)
	}
	o.step.Log(text)
	if len(o.last) == lastLines {
		o.last = o.last[1:]
	}
	o.last = append(o.last, text)
}

// flush logs a last line that has no end.
func (o *output) flush() {
	if o.held {
		o.held = false
		o.overwritten()
	}
	if o.partial.Len() > 0 {
		o.line()
	}
}

// cutRune drops a rune that a cut left half.
func cutRune(s string) string {
	for i := 1; i < utf8.UTFMax && i <= len(s); i++ {
		if b := s[len(s)-i]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRuneInString(s[len(s)-i:]) {
				return s[:len(s)-i]
			}
			break
		}
	}
	return s
}

// meter is a line of curl's progress meter: percent, total, percent, received, ... as "45 65.2M   45 29.6M    0     0".
var meter = regexp.MustCompile(`^\s*\d{1,3}\s+(\d+(?:\.\d+)?[kMGT]?)\s+\d{1,3}\s+(\d+(?:\.\d+)?[kMGT]?)\s+\d{1,3}\s+\d+(?:\.\d+)?[kMGT]?\s+\S+\s+\S+\s+[-:\d]+\s`)

// curlMeter reads a line of curl's progress meter.
func curlMeter(text string) (current, total int64, ok bool) {
	m := meter.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, false
	}
	total, err := units.RAMInBytes(m[1])
	if err != nil {
		return 0, 0, false
	}
	current, err = units.RAMInBytes(m[2])
	current, total = believed(current), believed(total)
	return min(current, total), total, err == nil
}
