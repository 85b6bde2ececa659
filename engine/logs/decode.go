package logs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"time"
)

// batchLines is how many lines are handed to the ring at once at most.
const batchLines = 1024

// decoder turns the log streams of one container into lines. It outlives a connection: what it has read stays read, and
// the parts of a line whose end has not come yet are kept.
type decoder struct {
	loose bool // lines are cut anywhere, and each part is stamped by itself
	emit  func(...Line)

	stamps stamps
	marks  [Meta]mark // by stream
	open   [Meta]openLine
	batch  []Line
	edges  []int64 // when known runs ended, in Unix nanoseconds, oldest first
	count  uint64  // messages that were new, ever

	last [Meta + 1]string // the last line of each stream
}

// openLine is a line of which some parts have come.
type openLine struct {
	growing
	isOpen bool
	stamp  int64
}

// readMux decodes the stream of a container without a terminal until it ends; the end is io.EOF.
func (d *decoder) readMux(in io.Reader) error {
	defer d.flushBatch()
	r := muxReader{in: bufio.NewReaderSize(beforeRead{in, d.flushBatch}, 1<<16)}
	for {
		stream, message, err := r.next()
		if err != nil {
			return err
		}
		if stream == systemErr {
			for line := range bytes.SplitSeq(trimEnd(message), []byte{'\n'}) {
				var kept growing // a frame may be larger than a line
				kept.add(line)
				d.put(Line{Time: time.Now(), Stream: Meta, Text: "the engine reports: " + kept.text()})
			}
			continue
		}
		d.message(stream, message)
	}
}

// message takes one part of a line, or a whole one.
func (d *decoder) message(stream Stream, message []byte) {
	stamp, body, ok := d.stamps.cutStamp(message)
	if !ok {
		stamp = d.marks[stream].stamp // an engine that leaves a stamp out: part of what came before
	} else if d.marks[stream].ties(stamp) && !d.open[stream].isOpen && textOf(trimEnd(body)) == d.last[stream] {
		return
	} else if !d.marks[stream].isNew(stamp) {
		return
	}
	d.count++
	for i := bytes.IndexByte(body, '\n'); i >= 0 && i < len(body)-1; i = bytes.IndexByte(body, '\n') { // Docker and Podman send one line at most
		d.part(stream, stamp, body[:i+1])
		body = body[i+1:]
	}
	d.part(stream, stamp, body)
}

// part takes what a message holds of one line, up to its end if it is in there.
func (d *decoder) part(stream Stream, stamp int64, body []byte) {
	line := &d.open[stream]
	if line.isOpen && !d.loose && line.stamp != stamp {
		d.finish(stream) // the run ended inside a line; Docker gives all parts of one line the same stamp
	}
	whole := len(body) > 0 && body[len(body)-1] == '\n'
	body = trimEnd(body)
	if whole && !line.isOpen && len(body) <= maxLine {
		d.put(Line{Time: time.Unix(0, stamp), Stream: stream, Text: textOf(body)})
		return
	}
	if !line.isOpen {
		line.isOpen, line.stamp = true, stamp
	}
	line.add(body)
	if whole {
		d.finish(stream)
	}
}

// finish makes a line of the parts that have come.
func (d *decoder) finish(stream Stream) {
	line := &d.open[stream]
	if !line.isOpen {
		return
	}
	d.put(Line{Time: time.Unix(0, line.stamp), Stream: stream, Text: line.text()})
	line.isOpen = false
	line.reset()
}

// finishAll makes lines of all parts that have come: nothing will follow them.
func (d *decoder) finishAll() {
	d.finish(Stdout)
	d.finish(Stderr)
	d.flushBatch()
}

// readRaw decodes the stream of a container with a terminal until it ends; the end is io.EOF. With final set the end of
// the stream is the end of the run, so text without a line end is a line.
func (d *decoder) readRaw(in io.Reader, final bool) error {
	defer d.flushBatch()
	r := rawReader{
		in: bufio.NewReaderSize(beforeRead{in, d.flushBatch}, 1<<16), loose: d.loose, stamps: &d.stamps, edges: d.edges,
	}
	for {
		stamp, text, err := r.next()
		if err == nil {
			d.rawLine(stamp, text)
			continue
		}
		if stamp, text, ok := r.rest(final && errors.Is(err, io.EOF)); ok {
			d.rawLine(stamp, text)
		}
		return err
	}
}

// runEnded remembers when a run of the container ended.
func (d *decoder) runEnded(at time.Time) {
	if at.IsZero() || slices.Contains(d.edges, at.UnixNano()) {
		return
	}
	if d.edges = append(d.edges, at.UnixNano()); len(d.edges) > keepExits {
		d.edges = d.edges[1:]
	}
}

// rawLine takes one line of a raw stream.
func (d *decoder) rawLine(stamp int64, text string) {
	if stamp == 0 {
		stamp = d.marks[Stdout].stamp
	} else if d.marks[Stdout].ties(stamp) && text == d.last[Stdout] {
		return
	} else if !d.marks[Stdout].isNew(stamp) {
		return
	}
	d.count++
	d.put(Line{Time: time.Unix(0, stamp), Stream: Stdout, Text: text})
}

func (d *decoder) put(line Line) {
	d.last[line.Stream] = line.Text
	if d.batch = append(d.batch, line); len(d.batch) >= batchLines {
		d.flushBatch()
	}
}

func (d *decoder) flushBatch() {
	if len(d.batch) == 0 {
		return
	}
	d.emit(d.batch...)
	clear(d.batch)
	d.batch = d.batch[:0]
}

// again prepares for reading from an earlier point on: what was already seen will be recognised.
func (d *decoder) again() {
	for i := range d.marks {
		d.marks[i].again = 0
	}
}

// newest is the stamp of the newest message seen, 0 when there was none.
func (d *decoder) newest() int64 { return max(d.marks[Stdout].stamp, d.marks[Stderr].stamp) }

// mark remembers how far a stream was read: its last stamp, and how many messages had it. A stamp alone is not enough:
// Docker gives all parts of a line the same, and Podman's are whole seconds. Streams have a mark each, because an
// engine stamps them in two goroutines and only the messages of one stream are in order.
type mark struct {
	stamp int64
	n     int // messages seen with this stamp
	again int // messages met with this stamp since the last request

	recent [recentStamps]int64 // the stamps before it, in a ring
	next   int                 // where the ring is written
}

// recentStamps is how far back a repetition is recognised: Docker 20.10, following a log whose file is turned over, sends some
// of the last lines once more (5 to 34 of 850 a file were seen).
const recentStamps = 2048

// ties reports whether a stamp is the last one, though no reading began anew before it: the message is another part of a line, or
// the last line once more.
func (m *mark) ties(stamp int64) bool {
	return stamp == m.stamp && m.again >= m.n && stamp%int64(time.Second) != 0
}

// repeats reports whether a stamp was seen before the last one. One of whole seconds, as Podman gives, tells nothing.
func (m *mark) repeats(stamp int64) bool {
	return stamp%int64(time.Second) != 0 && slices.Contains(m.recent[:], stamp)
}

// isNew reports whether a message with this stamp was not seen before, and remembers it.
func (m *mark) isNew(stamp int64) bool {
	switch {
	case stamp == m.stamp && m.again < m.n:
		m.again++
		return false
	case stamp == m.stamp:
		m.again++
		m.n = m.again
		return true
	case stamp < m.stamp && m.again < m.n:
		return false // before the point where the last reading ended
	case stamp < m.stamp && m.repeats(stamp):
		m.again = 0
		return false
	default: // later; or earlier although all that was seen has passed: the engine's clock was set back
		m.recent[m.next] = m.stamp
		m.next = (m.next + 1) % recentStamps
		m.stamp, m.n, m.again = stamp, 1, 1
		return true
	}
}

// trimEnd takes one line end off.
func trimEnd(b []byte) []byte {
	if len(b) > 0 && b[len(b)-1] == '\n' {
		return b[:len(b)-1]
	}
	return b
}
