package logs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"time"
)

// fullPart is where Docker cuts a line into parts, in bytes.
const fullPart = 16 << 10

// minLoosePart is the shortest part that is joined in the raw stream of an engine that cuts lines anywhere.
const minLoosePart = 64

// rawReader takes the stream of a container with a terminal apart. It has no frames: only line ends, and a stamp before
// each message. A line of several messages therefore has stamps in its middle, which are told from text by where they
// stand: Docker repeats the line's own stamp every 16 KiB; a log of CRI's is cut anywhere, so there every stamp that follows at
// least 64 bytes and is no older than the line's counts; an earlier one stays in the text, because a program may have
// written it.
type rawReader struct {
	in     *bufio.Reader
	loose  bool
	stamps *stamps
	edges  []int64 // when runs ended, in Unix nanoseconds
	line   growing
	queued []byte // what followed an edge inside a line
}

// trailing is how long after the end of a run its last words may be stamped.
const trailing = int64(time.Second)

// next gives the stamp and the text of the next line. Text without a line end is only given by rest.
func (r *rawReader) next() (stamp int64, text string, err error) {
	if stamp, text, ok := r.rest(len(r.queued) > 0); ok {
		return stamp, text, nil
	}
	for {
		piece, err := r.in.ReadSlice('\n')
		ended := err == nil
		if ended {
			piece = piece[:len(piece)-1]
		}
		r.line.add(piece)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return 0, "", err
		}
		if ended {
			stamp, text = r.take()
			return stamp, text, nil
		}
	}
}

// rest gives what came after the last line end, if there is any and it is wanted.
func (r *rawReader) rest(wanted bool) (stamp int64, text string, ok bool) {
	if r.queued != nil {
		r.line.buf, r.queued = r.queued, nil
	}
	if !wanted || len(r.line.buf) == 0 {
		return 0, "", false
	}
	stamp, text = r.take()
	return stamp, text, true
}

// take makes a line of what was collected.
func (r *rawReader) take() (int64, string) {
	defer r.line.reset()
	raw := r.line.buf
	stamp, body, ok := r.stamps.cutStamp(raw)
	if ok {
		first := raw[:len(raw)-len(body)]
		if bytes.IndexByte(first, '.') >= 0 { // stamps of whole seconds cannot tell the runs apart
			if at := r.edge(body, stamp); at > 0 {
				r.queued = bytes.Clone(body[at:])
				body = body[:at]
			}
		}
		r.line.buf = r.join(body, first, stamp)
	}
	return stamp, r.line.text()
}

// edge finds where in a line a run ended without a line end and the next one's first line begins. Nothing in the stream
// marks that place, so it is only looked for around the known ends of runs. 0 is none.
func (r *rawReader) edge(body []byte, stamp int64) int {
	for _, end := range r.edges {
		if stamp > end+trailing {
			continue
		}
		for at := 1; at+minStamp < len(body); at++ {
			if body[at+10] != 'T' || body[at] < '0' || body[at] > '9' {
				continue
			}
			if later, _, ok := r.stamps.cutStamp(body[at:]); ok && later >= end && later > stamp {
				return at
			}
		}
	}
	return 0
}

// join takes the stamps out that stand before the further parts of a line, in place.
func (r *rawReader) join(body, first []byte, stamp int64) []byte {
	if r.loose {
		return r.joinLoose(body, stamp)
	}
	if len(body) < fullPart+len(first) {
		return body
	}
	mark := bytes.Clone(first)
	joined := body[:0]
	for len(body) >= fullPart+len(mark) && bytes.HasPrefix(body[fullPart:], mark) {
		joined = append(joined, body[:fullPart]...)
		body = body[fullPart+len(mark):]
	}
	return append(joined, body...)
}

func (r *rawReader) joinLoose(body []byte, stamp int64) []byte {
	if len(body) < minLoosePart+minStamp {
		return body
	}
	joined, from := body[:0], 0
	for at := minLoosePart; at+minStamp < len(body); at++ {
		if body[at+10] != 'T' || body[at] < '0' || body[at] > '9' {
			continue
		}
		later, rest, ok := r.stamps.cutStamp(body[at:])
		if !ok || later < stamp {
			continue
		}
		joined = append(joined, body[from:at]...)
		from = len(body) - len(rest)
		at = from + minLoosePart - 1
	}
	return append(joined, body[from:]...)
}

// beforeRead calls before ahead of every read that may block.
type beforeRead struct {
	io.Reader
	before func()
}

func (r beforeRead) Read(b []byte) (int, error) {
	r.before()
	return r.Reader.Read(b)
}
