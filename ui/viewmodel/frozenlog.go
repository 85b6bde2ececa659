package viewmodel

import (
	"slices"

	"berth/engine/logs"
)

// Shown is what Len and Line answer now, for any goroutine: the ring may be read from each, and nothing else of it moves.
// Lines that fall out of the ring meanwhile are without a text.
func (l *Log) Shown() FrozenLog {
	if l.ring == nil {
		return FrozenLog{}
	}
	f := FrozenLog{ring: l.ring, first: l.floor(), n: l.Len()}
	if l.passing != nil {
		f.seqs = slices.Clone(l.passing.seqs)
	}
	return f
}

// FrozenLog is a log as it was shown at one moment.
type FrozenLog struct {
	ring  *logs.Ring
	first uint64
	n     int
	seqs  []uint64 // of the lines that pass the filter; nil when all do
}

// Len is the number of rows.
func (f FrozenLog) Len() int { return f.n }

// Line gives a row.
func (f FrozenLog) Line(i int) logs.Line {
	if i < 0 || i >= f.n {
		return logs.Line{}
	}
	if f.seqs != nil {
		return lineOf(f.ring, f.seqs[i])
	}
	return lineOf(f.ring, f.first+uint64(i))
}
