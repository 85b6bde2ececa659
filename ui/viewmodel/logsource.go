package viewmodel

import (
	"strconv"

	"berth/engine/logs"
)

// LogSource reads the log of one sandbox row by row, straight from the engine's ring: nothing is copied but what a row
// shows.
type LogSource struct {
	name     string
	log      *logs.Ring
	revision uint64
	oldest   uint64 // Seq of row 0
	lines    int
	bytes    int64
}

// point turns to a sandbox's log and reports whether anything is different from the last time.
func (s *LogSource) point(e Engine, name string) bool {
	turned := name != s.name
	if turned {
		*s = LogSource{name: name}
		if name != "" {
			s.log = e.Log(name)
		}
	}
	if s.log == nil {
		return turned
	}
	revision := s.log.Revision()
	if revision == s.revision {
		return turned
	}
	s.revision = revision
	s.lines, s.bytes = s.log.Size()
	s.oldest = 0
	if first, _, _ := s.log.Since(0, 1); len(first) > 0 {
		s.oldest = first[0].Seq
	}
	return true
}

// Len is the number of rows.
func (s *LogSource) Len() int { return s.lines }

// Line gives a row; the zero Line when it has fallen out meanwhile.
func (s *LogSource) Line(i int) logs.Line {
	if s.log == nil || i < 0 || i >= s.lines {
		return logs.Line{}
	}
	seq := s.oldest + uint64(i)
	if line, _, _ := s.log.Since(seq-1, 1); len(line) == 1 && line[0].Seq == seq {
		return line[0]
	}
	return logs.Line{}
}

// words is the log's size in words: "18,402 lines · 2.1 MiB".
func (s *LogSource) words() string {
	if s.lines == 0 {
		return ""
	}
	unit := " lines"
	if s.lines == 1 {
		unit = " line"
	}
	return thousands(s.lines) + unit + " · " + Memory(s.bytes)
}

// thousands groups the digits of a number by threes.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
