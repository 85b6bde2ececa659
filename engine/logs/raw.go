package logs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// fullPart is where Docker cuts a line into parts, in bytes.
const fullPart = 16 << 10

// minLoosePart is the shortest part that is joined in the raw stream of an engine that cuts lines anywhere.
const minLoosePart = 512

// rawReader takes the stream of a container with a terminal apart. It has no frames: only line ends, and a stamp before
// each message. A line of several messages therefore has stamps in its middle, which are told from text by where they
// stand: Docker repeats the line's own stamp every 16 KiB; Podman cuts anywhere, so there every stamp that follows at
// least 512 bytes and is no older than the line's counts.
type rawReader struct {
	in     *bufio.Reader
	loose  bool
	stamps *stamps
	line   growing
}

// next gives the stamp and the text of the next line. Text without a line end is only given by rest.
func (r *rawReader) next() (stamp int64, text string, err error) {
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

// rest gives what came after the last line end, if anything.
func (r *rawReader) rest() (stamp int64, text string, ok bool) {
	if len(r.line.buf) == 0 {
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
		r.line.buf = r.join(body, raw[:len(raw)-len(body)], stamp)
	}
	return stamp, r.line.text()
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
