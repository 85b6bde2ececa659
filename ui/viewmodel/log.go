package viewmodel

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine/logs"
	"berth/ui/i18n"
)

// LogFilter says which lines of a log are shown, beside the text that is searched for.
type LogFilter struct {
	Streams []logs.Stream
	Last    time.Duration // only lines of the last so long; 0 means all
	Matches bool          // only lines the search found
}

func (f LogFilter) empty() bool { return len(f.Streams) == 0 && f.Last == 0 && !f.Matches }

// Log shows the log of one sandbox: which lines pass the filter, and what a search found. Lines are read from the engine's
// ring as rows show them; kept are only the numbers of those that pass.
type Log struct {
	app *App

	Revision binding.Item[uint64] // grows when Len or Line would answer something else
	Turned   binding.Item[uint64] // grows when it is the log of another sandbox
	Size     binding.String       // "18,402 lines · 2.1 MiB"
	Found    binding.String       // "3 of 17"; "" when nothing is searched for
	Wrong    binding.String       // why the search text cannot be used; "" when it can
	Current  binding.Item[uint64] // Seq of the line the search stands at; 0 for none

	name    string
	ring    *logs.Ring
	revised uint64
	oldest  uint64 // Seq of the oldest line of the ring
	lines   int
	bytes   int64
	cleared uint64 // lines up to here are not shown

	text    string
	regexp  bool
	filter  LogFilter
	since   time.Time // what filter.Last comes to
	search  *scan     // lines with the text
	passing *scan     // lines that pass the filter; nil when all do
}

// scan is a list of lines that is made by looking at each line once.
type scan struct {
	matcher *logs.Matcher
	seqs    []uint64
	next    uint64 // cursor in the ring
	ready   bool   // the first look, which is not on the main goroutine, is over
}

func newLog(app *App) *Log {
	return &Log{
		app: app, Revision: newBound(same[uint64]), Turned: newBound(same[uint64]), Size: newString(),
		Found: newString(), Wrong: newString(), Current: newBound(same[uint64]),
	}
}

// point turns to a sandbox's log, or looks whether it has grown.
func (l *Log) point(name string) {
	var ring *logs.Ring // another one of the same name is that of another engine's sandbox, or of one that was made anew
	if name != "" {
		ring = l.app.engine.Log(name)
	}
	if name != l.name || ring != l.ring {
		l.name, l.ring, l.revised, l.lines, l.bytes, l.oldest, l.cleared = name, ring, 0, 0, 0, 0, 0
		set(l.Current, 0)
		set(l.Size, "")
		l.rescan()
		grow(l.Turned)
	}
	if l.ring == nil {
		return
	}
	slid := l.slide()
	revision := l.ring.Revision()
	if revision == l.revised {
		if slid {
			l.changed()
		}
		return
	}
	l.revised = revision
	l.lines, l.bytes = l.ring.Size()
	l.oldest = 0
	if first, _, _ := l.ring.Since(0, 1); len(first) > 0 {
		l.oldest = first[0].Seq
	}
	if !l.catchUp(l.search) || !l.catchUp(l.passing) {
		l.revised = 0 // the rest at the next look
	}
	l.changed()
}

// A look at new lines keeps the main goroutine for that long at most, and is cut into parts of so many lines.
const (
	lookPatience = 4 * time.Millisecond
	lookPart     = 2048
)

// catchUp looks at the lines that are new, and reports whether it came to the end.
func (l *Log) catchUp(s *scan) bool {
	if s == nil || !s.ready {
		return true
	}
	newest := l.oldest + uint64(l.lines) - 1 //nolint:gosec // a number of lines
	for began := time.Now(); s.next < newest && time.Since(began) < lookPatience; {
		s.seqs, s.next = l.ring.Scan(s.matcher, s.next, max(s.next, l.oldest-1)+lookPart, s.seqs)
	}
	s.forget(l.floor())
	return s.next >= newest
}

// slide drops the lines that have become too old for the filter, and reports whether there were any.
func (l *Log) slide() bool {
	if l.filter.Last == 0 {
		return false
	}
	since := l.app.Now().Add(-l.filter.Last)
	slid := false
	for _, s := range []*scan{l.search, l.passing} {
		if s == nil || !s.ready {
			continue
		}
		old := 0
		for i, seq := range s.seqs[:min(len(s.seqs), lookPart)] {
			line := l.line(seq)
			if !line.Time.IsZero() && !line.Time.Before(since) {
				break
			}
			if !line.Time.IsZero() {
				old = i + 1
			}
		}
		s.seqs = s.seqs[old:]
		slid = slid || old > 0
	}
	return slid
}

// line is a line of the ring; one without a text when it has fallen out.
func (l *Log) line(seq uint64) logs.Line { return lineOf(l.ring, seq) }

func lineOf(ring *logs.Ring, seq uint64) logs.Line {
	if line, _, _ := ring.Since(seq-1, 1); len(line) == 1 && line[0].Seq == seq {
		return line[0]
	}
	return logs.Line{Seq: seq} // rows stay in order, also when a line went between two looks
}

// forget drops lines before that one, which are shown no longer.
func (s *scan) forget(floor uint64) {
	i, _ := slices.BinarySearch(s.seqs, floor)
	s.seqs = s.seqs[i:]
}

// floor is the Seq of the first line that may be shown.
func (l *Log) floor() uint64 { return max(l.oldest, l.cleared+1) }

// changed tells the new state.
func (l *Log) changed() {
	set(l.Size, l.words())
	set(l.Found, l.foundWords())
	grow(l.Revision)
}

// Len is the number of rows.
func (l *Log) Len() int {
	if l.passing != nil {
		return len(l.passing.seqs)
	}
	if l.lines == 0 {
		return 0
	}
	return max(0, l.lines-int(l.floor()-l.oldest)) //nolint:gosec // at most the ring's lines
}

// Line gives a row; the zero Line when it has fallen out meanwhile.
func (l *Log) Line(i int) logs.Line {
	if l.ring == nil || i < 0 || i >= l.Len() {
		return logs.Line{}
	}
	seq := l.floor() + uint64(i)
	if l.passing != nil {
		seq = l.passing.seqs[i]
	}
	return l.line(seq)
}

// Search looks for a text, or an expression, in all of the log. One that cannot be used changes nothing but Wrong.
func (l *Log) Search(text string, regexp bool) {
	if text == l.text && regexp == l.regexp {
		set(l.Wrong, "") // it is back from one that could not be used
		return
	}
	if _, err := (logs.Query{Text: text, Regexp: regexp}).Compile(); err != nil {
		set(l.Wrong, Cause(err))
		return
	}
	set(l.Wrong, "")
	l.text, l.regexp = text, regexp
	set(l.Current, 0)
	l.rescan()
}

// Filter shows only some lines.
func (l *Log) Filter(f LogFilter) {
	l.filter = f
	l.since = time.Time{}
	if f.Last > 0 {
		l.since = l.app.Now().Add(-f.Last)
	}
	l.rescan()
}

// Filtered is the filter in force.
func (l *Log) Filtered() LogFilter { return l.filter }

// rescan makes both lists anew, away from the main goroutine.
func (l *Log) rescan() {
	narrow := logs.Query{Streams: l.filter.Streams, From: l.since}
	wanted := narrow
	wanted.Text, wanted.Regexp = l.text, l.regexp
	l.search, l.passing = nil, nil
	if l.text != "" {
		l.search = newScan(wanted)
	}
	switch {
	case l.filter.empty():
	case l.filter.Matches && l.text != "":
		l.passing = l.search
	case !l.since.IsZero() || len(l.filter.Streams) > 0:
		l.passing = newScan(narrow)
	}
	l.begin(l.search)
	if l.passing != l.search {
		l.begin(l.passing)
	}
	l.changed()
}

// newScan makes a scan that has not begun. The expression was compiled before, so it compiles.
func newScan(q logs.Query) *scan {
	m, err := q.Compile()
	if err != nil {
		return nil
	}
	return &scan{matcher: m}
}

// begin takes the first look at all lines.
func (l *Log) begin(s *scan) {
	if s == nil || l.ring == nil {
		return
	}
	ring, from := l.ring, l.cleared
	l.app.Async(func(context.Context) func() {
		seqs, next := ring.Scan(s.matcher, from, 0, nil)
		return func() {
			if s != l.search && s != l.passing {
				return // another search came meanwhile
			}
			s.seqs, s.next, s.ready = seqs, next, true
			s.forget(l.floor())
			if s == l.search && get(l.Current) == 0 && len(s.seqs) > 0 {
				set(l.Current, s.seqs[len(s.seqs)-1]) // the newest, from where stepping back goes on
			}
			l.changed()
		}
	})
}

// Step goes to the next line that was found, or with -1 to the one before; after the last comes the first.
func (l *Log) Step(by int) {
	if l.search == nil || len(l.search.seqs) == 0 {
		return
	}
	n := len(l.search.seqs)
	at, exact := slices.BinarySearch(l.search.seqs, get(l.Current))
	switch {
	case exact:
		at += by
	case by < 0:
		at--
	}
	set(l.Current, l.search.seqs[(at+n)%n])
	set(l.Found, l.foundWords())
}

// maxPlaces is how many places in one line are marked.
const maxPlaces = 40

// Places are where in a shown text the search's text is, in bytes.
func (l *Log) Places(text string) [][2]int {
	if l.search == nil {
		return nil
	}
	return l.search.matcher.Find(text, maxPlaces)
}

// foundWords is "3 of 17".
func (l *Log) foundWords() string {
	if l.search == nil {
		return ""
	}
	if !l.search.ready {
		return "…"
	}
	n := len(l.search.seqs)
	if n == 0 {
		return i18n.T("none")
	}
	at, exact := slices.BinarySearch(l.search.seqs, get(l.Current))
	if !exact {
		return Thousands(n)
	}
	return i18n.T("%s of %s", Thousands(at+1), Thousands(n))
}

// Clear hides all that is there now; ShowCleared brings it back.
func (l *Log) Clear() {
	if l.lines > 0 {
		l.cleared = l.oldest + uint64(l.lines) - 1 //nolint:gosec // a number of lines
		l.rescan()
	}
}

// Cleared reports whether lines are hidden by Clear.
func (l *Log) Cleared() bool { return l.cleared >= l.oldest && l.cleared > 0 }

// ShowCleared ends Clear.
func (l *Log) ShowCleared() {
	l.cleared = 0
	l.rescan()
}

// Name is the sandbox whose log it is.
func (l *Log) Name() string { return l.name }

// words is the log's size in words: "18,402 lines · 2.1 MiB", with a filter "17 of 18,402 lines".
func (l *Log) words() string {
	n := l.Len()
	switch {
	case l.lines == 0:
		return ""
	case n != l.lines:
		return i18n.N("%[2]s of %[3]s lines", l.lines, Thousands(n), Thousands(l.lines))
	}
	return i18n.N("%[2]s lines", l.lines, Thousands(l.lines)) + " · " + Memory(l.bytes)
}

// Thousands groups the digits of a number by threes, "18,402", with the separator of the person's language.
func Thousands(n int) string {
	text := strconv.Itoa(n)
	var grouped strings.Builder
	for i, digit := range text {
		if i > 0 && (len(text)-i)%3 == 0 {
			grouped.WriteString(i18n.T(","))
		}
		grouped.WriteRune(digit)
	}
	return grouped.String()
}
