package image

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/docker/docker/pkg/jsonmessage"

	"berth/engine/fault"
)

// streamError is a failure the engine reported inside a stream it had begun with status 200.
type streamError struct {
	code    int // 0 when the engine gave none
	message string
}

func (e *streamError) Error() string { return e.message }

// read hands every message of a progress stream to each, until its end. It fails with a *streamError for a failure that
// the engine reports, with a fault.Network for a stream that ends or breaks in the middle of a message.
func read(ctx context.Context, body io.Reader, each func(message)) error {
	bounded := &bounded{from: body}
	decoder := json.NewDecoder(bounded)
	for {
		var msg message
		bounded.left = maxMessage
		err := decoder.Decode(&msg)
		switch {
		case errors.Is(err, io.EOF):
			return cause(ctx, ctx.Err())
		case err != nil:
			return broken(ctx, err)
		case msg.Error != nil:
			return &streamError{code: msg.Error.Code, message: msg.Error.Message}
		case msg.ErrorMessage != "": //nolint:staticcheck // Podman sends this deprecated field alone
			return &streamError{message: msg.ErrorMessage} //nolint:staticcheck // as above
		}
		each(msg)
	}
}

// maxMessage bounds one message, in bytes. Engines send a few hundred; what a registry says may be in one.
const maxMessage = 8 << 20

var errTooLong = errors.New("a message in it is longer than any engine sends")

// bounded reads so much, and no more until it is told that it may.
type bounded struct {
	from io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// broken says why a stream could not be read to its end.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &fault.Error{
		Kind: fault.Network, Why: "the engine's answer broke off: " + err.Error(), Err: err, Action: fault.Retry,
		Remedy: "Check that the engine still runs, then try again.",
	}
}

// message is one entry of a pull's or a classic build's progress.
type message = jsonmessage.JSONMessage

// isStreamError reports whether err is a failure that the engine reported itself.
func isStreamError(err error) bool {
	var reported *streamError
	return errors.As(err, &reported)
}
