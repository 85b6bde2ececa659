package logs

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errBadFrame says that the engine's stream is not what it must be.
var errBadFrame = errors.New("damaged log stream")

// maxFrame is the largest message that is believed. Docker's are 16 KiB with its own log drivers and at most 1 MiB with
// others; a larger length is that of a damaged stream.
const maxFrame = 16 << 20

// systemErr is the stream on which an engine reports trouble of its own while it sends a log.
const systemErr Stream = 3 + 128

// muxReader takes the stream of a container without a terminal apart: frames of a header (stream, three zero bytes, the
// length as a big-endian uint32) and a message. Measured on Docker 20.10 and Podman 4.3: one frame is one message with
// its own stamp.
type muxReader struct {
	in  *bufio.Reader
	buf []byte
}

// next gives the next message, valid until the call after. It ends with io.EOF between two frames, with
// io.ErrUnexpectedEOF inside one, and with errBadFrame when a header is not one.
func (r *muxReader) next() (Stream, []byte, error) {
	header, err := r.in.Peek(8)
	if err != nil {
		if errors.Is(err, io.EOF) && len(header) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	size := int(binary.BigEndian.Uint32(header[4:]))
	if header[0] > 3 || header[1]|header[2]|header[3] != 0 || size > maxFrame {
		return 0, nil, fmt.Errorf("%w: frame header %x", errBadFrame, header)
	}
	stream := Stdout
	switch header[0] {
	case 2:
		stream = Stderr
	case 3:
		stream = systemErr
	}
	if _, err := r.in.Discard(8); err != nil {
		return 0, nil, err
	}
	if message, err := r.in.Peek(size); err == nil { // the usual case, without a copy
		_, err = r.in.Discard(size)
		return stream, message, err
	} else if !errors.Is(err, bufio.ErrBufferFull) {
		return 0, nil, unexpected(err)
	}
	if cap(r.buf) < size {
		r.buf = make([]byte, size)
	}
	r.buf = r.buf[:size]
	_, err = io.ReadFull(r.in, r.buf)
	return stream, r.buf, unexpected(err)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
