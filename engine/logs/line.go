package logs

import "time"

// Stream is where a line was written.
type Stream uint8

// The streams. Meta lines are Berth's own remarks ("container restarted").
const (
	Stdout Stream = iota + 1
	Stderr
	Meta
)

// Line is one complete line of a log, decoded: valid UTF-8, no line end, control sequences still in it.
type Line struct {
	Seq    uint64 // grows by one with each line of a ring, from 1
	Time   time.Time
	Stream Stream
	Text   string
}
