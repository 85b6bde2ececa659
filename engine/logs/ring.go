package logs

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// What one sandbox's log may take in memory. A line of opencode is about 120 bytes, so both bounds meet.
const (
	MaxLines = 200_000
	MaxBytes = 32 << 20
)

// chunkLines is how many lines are allocated together. Chunks are what makes both ends cheap: a line never moves, and
// the oldest chunk is given back whole.
const chunkLines = 256

type chunk [chunkLines]Line

// Ring holds the newest lines of a log, bounded in lines and in bytes of text. Appending costs amortised O(1), and what
// falls out is really released. It is safe from any goroutine.
type Ring struct {
	maxLines int
	maxBytes int64
	changed  func()

	mu     sync.RWMutex
	chunks []*chunk // oldest first; only the last one may have room
	head   int      // index of the oldest line in chunks[0]
	count  int
	bytes  int64
	last   uint64 // Seq of the newest line ever appended
	rev    uint64
}

// NewRing makes an empty ring that holds at most maxLines lines (at least 1) and maxBytes bytes of text. changed may be
// nil; it is called after every append, without a lock held, and must return quickly.
func NewRing(maxLines int, maxBytes int64, changed func()) *Ring {
	return &Ring{maxLines: max(maxLines, 1), maxBytes: max(maxBytes, 1), changed: changed}
}

// Append adds lines as the newest, in order, and gives each its Seq. A line alone larger than the ring is cut, and says
// so in its text.
func (r *Ring) Append(lines ...Line) {
	if len(lines) == 0 {
		return
	}
	r.mu.Lock()
	for _, line := range lines {
		r.push(line)
	}
	r.rev++
	r.mu.Unlock()
	if r.changed != nil {
		r.changed()
	}
}

// push adds one line and drops the oldest until both bounds hold again. Guarded by mu.
func (r *Ring) push(line Line) {
	if limit := min(r.maxBytes, maxLine+cutRoom); int64(len(line.Text)) > limit {
		line.Text = cut(line.Text, int(limit), 0)
	}
	r.last++
	line.Seq = r.last
	end := r.head + r.count
	if end == len(r.chunks)*chunkLines {
		r.chunks = append(r.chunks, new(chunk))
	}
	r.chunks[end/chunkLines][end%chunkLines] = line
	r.count++
	r.bytes += int64(len(line.Text))
	for r.count > r.maxLines || r.bytes > r.maxBytes {
		r.drop()
	}
}

// drop releases the oldest line. Guarded by mu.
func (r *Ring) drop() {
	oldest := &r.chunks[0][r.head]
	r.bytes -= int64(len(oldest.Text))
	*oldest = Line{}
	r.count--
	if r.head++; r.head == chunkLines {
		r.chunks[0] = nil
		r.chunks, r.head = r.chunks[1:], 0
	}
}

// Since gives the lines with Seq > seq, oldest first, at most limit of them; the cursor for the next call; and how many
// lines after seq had already fallen out.
func (r *Ring) Since(seq uint64, limit int) (lines []Line, next uint64, dropped uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if seq >= r.last {
		return nil, r.last, 0
	}
	gone := r.last - uint64(r.count) //nolint:gosec // a number of lines; Seq of the newest that fell out
	if seq < gone {
		dropped, seq = gone-seq, gone
	}
	n := min(max(limit, 0), int(r.last-seq)) //nolint:gosec // at most the ring's lines
	lines = make([]Line, 0, n)
	for at := r.head + int(seq-gone); len(lines) < n; { //nolint:gosec // at most the ring's lines
		from := at % chunkLines
		to := min(chunkLines, from+n-len(lines))
		lines = append(lines, r.chunks[at/chunkLines][from:to]...)
		at += to - from
	}
	return lines, seq + uint64(n), dropped //nolint:gosec // a number of lines
}

// Revision grows whenever Since would answer something else.
func (r *Ring) Revision() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.rev
}

// Size is the number of lines held now, and of the bytes of their text.
func (r *Ring) Size() (lines int, bytes int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.count, r.bytes
}

// capacity is the most lines the ring can hold.
func (r *Ring) capacity() int { return r.maxLines }

// cut shortens text to at most limit bytes, the remark about what is missing included: more bytes than text has lost
// were gone before. It never splits a character.
func cut(text string, limit int, more int64) string {
	keep := limit
	remark := cutRemark(int64(len(text)-limit) + more)
	if len(remark)+utf8.UTFMax < limit {
		keep = limit - len(remark) - 1 // the number in the remark may grow by a digit
		for keep > 0 && !utf8.RuneStart(text[keep]) {
			keep--
		}
		return text[:keep] + cutRemark(int64(len(text)-keep)+more)
	}
	for keep > 0 && !utf8.RuneStart(text[keep]) {
		keep--
	}
	return strings.Clone(text[:keep])
}
