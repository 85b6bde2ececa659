package logs

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"berth/engine/fault"
)

// Query says which lines of a log are wanted. The zero value wants all.
type Query struct {
	Text    string    // what a line must contain; small letters also find capitals, capitals only themselves
	Regexp  bool      // Text is a regular expression (RE2)
	Streams []Stream  // written to one of these; none means all
	From    time.Time // not before; lines without a time are wanted
	To      time.Time // not after
}

// Matcher is a Query ready to be asked. It is safe from any goroutine.
type Matcher struct {
	query  Query
	find   func(text string) (from, to int)      // the first place; -1 when there is none
	every  func(text string, limit int) [][2]int // all places; nil when find may be asked again behind each
	narrow bool
}

// Compile makes a Matcher. A regular expression that does not compile is BadInput, in words that say what is wrong.
func (q Query) Compile() (*Matcher, error) {
	m := &Matcher{query: q, narrow: len(q.Streams) > 0 || !q.From.IsZero() || !q.To.IsZero()}
	folded := q.Text == strings.ToLower(q.Text)
	switch {
	case q.Text == "":
	case q.Regexp:
		text := q.Text
		if folded {
			text = "(?i)" + text
		}
		re, err := regexp.Compile(text)
		if err != nil {
			why := err.Error()
			if _, after, ok := strings.Cut(why, "error parsing regexp: "); ok {
				why = strings.ReplaceAll(after, "(?i)", "")
			}
			return nil, &fault.Error{Kind: fault.BadInput, Op: "search the log", Why: fmt.Sprintf("not a regular expression: %s", why), Err: err}
		}
		needed := func(string) (int, int) { return 0, 0 }
		if word := needs(text); word != "" {
			needed = foldedFinder(word)
		}
		m.find = func(line string) (int, int) {
			if i, _ := needed(line); i >= 0 {
				if at := re.FindStringIndex(line); at != nil {
					return at[0], at[1]
				}
			}
			return -1, -1
		}
		m.every = func(text string, limit int) [][2]int { // an expression sees what stands before: "^", "\b"
			var places [][2]int
			for _, at := range re.FindAllStringIndex(text, -1) {
				if at[0] < at[1] && len(places) < limit {
					places = append(places, [2]int{at[0], at[1]})
				}
			}
			return places
		}
	case folded:
		m.find = foldedFinder(q.Text)
	default:
		m.find = func(line string) (int, int) {
			if i := strings.Index(line, q.Text); i >= 0 {
				return i, i + len(q.Text)
			}
			return -1, -1
		}
	}
	return m, nil
}

// All reports whether every line matches.
func (m *Matcher) All() bool { return m.find == nil && !m.narrow }

// Match reports whether a line is wanted. What is looked for is the line as it is shown.
func (m *Matcher) Match(line *Line) bool {
	if m.narrow && !m.inside(line) {
		return false
	}
	if m.find == nil {
		return true
	}
	from, _ := m.find(Shown(line.Text))
	return from >= 0
}

func (m *Matcher) inside(line *Line) bool {
	q := &m.query
	if len(q.Streams) > 0 {
		found := false
		for _, s := range q.Streams {
			found = found || s == line.Stream
		}
		if !found {
			return false
		}
	}
	if line.Time.IsZero() {
		return true
	}
	return (q.From.IsZero() || !line.Time.Before(q.From)) && (q.To.IsZero() || !line.Time.After(q.To))
}

// Find gives the places of the text in a shown one, in bytes, at most limit of them; none when no text is looked for.
func (m *Matcher) Find(text string, limit int) [][2]int {
	if m.find == nil {
		return nil
	}
	if m.every != nil {
		return m.every(text, limit)
	}
	var places [][2]int
	for at := 0; at <= len(text) && len(places) < limit; {
		from, to := m.find(text[at:])
		if from < 0 {
			break
		}
		places = append(places, [2]int{at + from, at + to})
		at += to
	}
	return places
}

// foldedFinder finds a text whatever the case of its letters. Both cases of the first byte are looked for with IndexByte,
// which runs at the speed of memory; a text beyond ASCII takes the slower way.
func foldedFinder(text string) func(string) (int, int) {
	for i := range len(text) {
		if text[i] >= 0x80 {
			re := regexp.MustCompile("(?i)" + regexp.QuoteMeta(text))
			return func(line string) (int, int) {
				if at := re.FindStringIndex(line); at != nil {
					return at[0], at[1]
				}
				return -1, -1
			}
		}
	}
	low, high := text[0], text[0]
	if low >= 'a' && low <= 'z' {
		high = low - 'a' + 'A'
	}
	return func(line string) (int, int) {
		end := len(line) - len(text)
		for at := 0; at <= end; {
			i := strings.IndexByte(line[at:end+1], low)
			if high != low {
				window := line[at : end+1]
				if i >= 0 {
					window = window[:i]
				}
				if j := strings.IndexByte(window, high); j >= 0 {
					i = j
				}
			}
			if i < 0 {
				return -1, -1
			}
			if at += i; equalFolded(line[at:at+len(text)], text) {
				return at, at + len(text)
			}
			at++
		}
		return -1, -1
	}
}

// equalFolded compares with a text in small ASCII letters.
func equalFolded(s, small string) bool {
	for i := range len(small) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != small[i] {
			return false
		}
	}
	return true
}

// needs is the longest plain text that every match of an expression contains, in small letters; "" when there is none that is
// known, or it is not ASCII. Looking for it first spares most lines the expression, which takes 25 times as long.
func needs(expression string) string {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return ""
	}
	var of func(*syntax.Regexp) string
	of = func(r *syntax.Regexp) string {
		switch r.Op {
		case syntax.OpLiteral:
			// "k" and "s" also match letters beyond ASCII when case is ignored, so they are not needed as they are.
			parts := strings.FieldsFunc(strings.ToLower(string(r.Rune)), func(c rune) bool {
				return c >= 0x80 || r.Flags&syntax.FoldCase != 0 && (c == 'k' || c == 's')
			})
			best := ""
			for _, part := range parts {
				if len(part) > len(best) {
					best = part
				}
			}
			return best
		case syntax.OpCapture, syntax.OpPlus:
			return of(r.Sub[0])
		case syntax.OpRepeat:
			if r.Min > 0 {
				return of(r.Sub[0])
			}
		case syntax.OpConcat:
			best := ""
			for _, sub := range r.Sub {
				if text := of(sub); len(text) > len(best) {
					best = text
				}
			}
			return best
		}
		return ""
	}
	return of(tree)
}

// scanPart is how many lines are looked at under one hold of the ring's lock, so that a search never keeps a writer waiting.
const scanPart = 4096

// Scan appends the Seqs of the wanted lines after seq to found, oldest first, and gives the cursor for the next call. Lines
// beyond to, when it is not 0, are left for later.
func (r *Ring) Scan(m *Matcher, seq, to uint64, found []uint64) (all []uint64, next uint64) {
	for {
		r.mu.RLock()
		gone := r.last - uint64(r.count) //nolint:gosec // a number of lines
		seq = max(seq, gone)
		last := r.last
		if to != 0 {
			last = min(last, to)
		}
		if seq >= last {
			r.mu.RUnlock()
			return found, seq
		}
		for n := min(last-seq, scanPart); n > 0; n-- {
			at := r.head + int(seq-gone) //nolint:gosec // at most the ring's lines
			seq++
			if m.Match(&r.chunks[at/chunkLines][at%chunkLines]) {
				found = append(found, seq)
			}
		}
		r.mu.RUnlock()
	}
}
