package main

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"time"

	"github.com/docker/docker/api/types/container"

	"berth/engine/bench/figure"
	"berth/engine/logs"
)

const (
	logsRatio = 1.05
	logsName  = "berth-bench-log"

	// Of 500,000 lines, by the ticks of dockerd: 374 with both, 276 to 321 with neither.
	logsReason = "Berth has the engine stamp each line, by which it knows them again, and look for the first of those it wants: a quarter more of the engine's processor time"
)

// readLogs is the log of a container that ended, read into a ring that holds all of it.
func readLogs(ctx context.Context, b *bench) (string, []figure.Row, error) {
	_ = exec.CommandContext(ctx, b.docker, "-H", b.host, "rm", "-f", logsName).Run() // of a run that was killed
	err := b.sh(ctx, fmt.Sprintf("$docker run --name %s %s seq -f 'line %%.0f, about as long as the lines that opencode writes are' %d >/dev/null", logsName, image, b.Lines))
	defer func() { _ = b.cli.ContainerRemove(ctx, logsName, container.RemoveOptions{Force: true}) }()
	if err != nil {
		return "", nil, err
	}
	c, err := b.cli.ContainerInspect(ctx, logsName)
	if err != nil {
		return "", nil, err
	}
	theirs := func() error { return b.sh(ctx, "$docker logs "+logsName+" >/dev/null") }
	all := func() error { return b.readInto(ctx, c.ID, b.Lines, 2*b.Lines, 1<<30) }
	newest := func() error {
		return b.readInto(ctx, c.ID, min(b.Lines, logs.MaxLines)-1, logs.MaxLines, logs.MaxBytes)
	}
	took, err := figure.Turns(b.Runs, nil, all, theirs, newest)
	if err != nil {
		return "", nil, err
	}
	goal := figure.Against(fmt.Sprintf("reading %d log lines into the ring", b.Lines), took[0], "`docker logs >/dev/null`", took[1], logsRatio, figure.Excuse{Until: 1.25, Why: logsReason})
	window := figure.Row{
		Measure: fmt.Sprintf("the same log into the window's ring, which keeps %d lines", logs.MaxLines),
		Berth:   figure.Seconds(took[2]), Other: goal.Other, Ratio: fmt.Sprintf("%.2f", took[2].Seconds()/took[1].Seconds()), Met: figure.Unasked,
	}
	return fmt.Sprintf("%d runs; %d lines of 68 bytes", b.Runs, b.Lines), []figure.Row{goal, window}, nil
}

// readInto follows the log until a ring of that size has so many lines, and the remark that the container has stopped.
func (b *bench) readInto(ctx context.Context, id string, lines, maxLines int, maxBytes int64) error {
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	defer stop()
	full := make(chan struct{}, 1)
	ring := logs.NewRing(maxLines, maxBytes, func() {
		select {
		case full <- struct{}{}:
		default:
		}
	})
	ended := make(chan error, 1)
	go func() { ended <- logs.NewFollower(ring).Run(ctx, b.cli, id) }()
	for {
		n, _ := ring.Size()
		_, last, _ := ring.Since(math.MaxUint64, 0)
		if newest, _, _ := ring.Since(max(last, 1)-1, 1); n > lines && len(newest) == 1 && newest[0].Stream == logs.Meta {
			stop()
			<-ended //nolint:errcheck // it was stopped
			return nil
		}
		select {
		case <-full:
		case err := <-ended:
			return fmt.Errorf("the log ended with %d lines: %w", n, err)
		}
	}
}
