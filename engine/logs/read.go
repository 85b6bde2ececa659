package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
)

// overlap is how far before the last line seen a new request starts. The engine stamps the two streams of a container in
// two goroutines, so a line may be written after one with a later stamp; what was seen already is recognised.
const overlap = 2 * time.Second

// read asks for the log from where the last reading ended and decodes it: with follow until the stream ends, without
// until the present end, or until a moment when that is given. nil means that the stream ended as it should.
func (r *reading) read(ctx context.Context, c facts, follow bool, until time.Time) error {
	options := container.LogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true, Follow: follow, Tail: "all"}
	if !c.cri {
		// More than the ring holds need not be read. That also bounds how far back a first reading goes.
		options.Tail = strconv.Itoa(r.ring.capacity())
	}
	if newest := r.dec.newest(); newest != 0 {
		options.Since = unix(newest - int64(overlap))
	}
	if !until.IsZero() {
		options.Until = unix(until.UnixNano())
	}
	before := r.dec.count
	return r.adjudge(c, r.stream(ctx, c, options), r.dec.count != before)
}

// stream makes one request and decodes its answer.
func (r *reading) stream(ctx context.Context, c facts, options container.LogsOptions) error {
	body, err := r.cli.ContainerLogs(ctx, r.id, options)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if options.Follow {
		// The stream is of the run that is current now. When that is another than the one asked about, its lines
		// would come before what is to be told about both runs, and in a raw stream nothing divides them.
		now, err := r.inspect(ctx)
		if err != nil || !now.alive || !now.started.Equal(c.started) {
			return err
		}
	}
	r.dec.again()
	if c.tty {
		err = r.dec.readRaw(body, !options.Follow)
	} else {
		err = r.dec.readMux(body)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// lastWords is until when to read for the end of a run after which another was started: its last lines are stamped a
// little after its end, and the next run's first ones a little before its start (35 ms and 2 ms were seen).
func lastWords(ended, started time.Time) time.Time {
	until := ended.Add(time.Duration(trailing))
	if before := started.Add(-5 * time.Millisecond); before.Before(until) {
		until = before
	}
	if until.Before(ended) {
		return ended
	}
	return until
}

// unix writes Unix nanoseconds the way the API takes times.
func unix(ns int64) string {
	return fmt.Sprintf("%d.%09d", ns/int64(time.Second), ns%int64(time.Second))
}
