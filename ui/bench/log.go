package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"berth/engine"
	"berth/engine/bench/figure"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/ui/uitest"
)

const (
	firstLines = 1_000_000
	lineRate   = 50_000 // a second
	lineBatch  = 500    // lines that come together
	mainWait   = 50 * time.Millisecond
	searchTime = 100 * time.Millisecond
	// lineCost is what a line may hold beside its text: its time, stream, number and string header, and the heap's rounding.
	lineCost = 128
	// windowCost is what the window holds beside the log.
	windowCost = 64 << 20
)

// logView is the window with a log of a million lines into which 50,000 more come each second.
func logView(o *figure.Options) ([]figure.Row, error) {
	now := time.Now()
	f := newFake(uitest.Connected(engine.Sandbox{
		Name: "portal", Spec: sandbox.Spec{Name: "portal"}, ContainerID: "0", Version: "1.18.33", State: sandbox.Healthy, Created: now, Since: now,
	}))
	f.Ring = logs.NewRing(logs.MaxLines, logs.MaxBytes, f.tell)
	n := 0
	add := func(lines int) {
		batch := make([]logs.Line, lines)
		for i := range batch {
			n++
			batch[i] = logs.Line{Time: time.Now(), Text: fmt.Sprintf(
				"\x1b[32mINFO\x1b[0m  service=server method=GET path=/session/ses_%d/message status=200 duration=%d request", n, n%97)}
		}
		f.Ring.Append(batch...)
	}
	var waits []time.Duration
	var held uint64
	var search time.Duration
	show(f, func() {
		ctx, stop := context.WithCancel(context.Background())
		var prober sync.WaitGroup
		prober.Go(func() { waits = probe(ctx) })
		for range firstLines / lineBatch {
			add(lineBatch)
		}
		tick := time.NewTicker(time.Second * lineBatch / lineRate)
		for end := time.Now().Add(o.Log); time.Now().Before(end); <-tick.C {
			add(lineBatch)
		}
		tick.Stop()
		stop()
		prober.Wait()
		held = heap()
		search = searchOnce(f.Ring)
	})
	lines, bytes := f.Ring.Size()
	limit := uint64(bytes) + uint64(lines)*lineCost + windowCost //nolint:gosec // neither is negative
	return []figure.Row{
		atMost(fmt.Sprintf("wait for the main goroutine, a log of %d lines and then %d a second for %s", firstLines, lineRate, o.Log), waits, mainWait),
		{
			Measure: "its heap, and the lines and text in the ring",
			Berth:   fmt.Sprintf("%s (%d lines, %s)", figure.MiB(held), lines, figure.MiB(uint64(bytes))), //nolint:gosec // not negative
			Goal:    fmt.Sprintf("at most %s; %d lines, %s", figure.MiB(limit), logs.MaxLines, figure.MiB(logs.MaxBytes)),
			Met:     figure.Is(held <= limit && lines <= logs.MaxLines && bytes <= logs.MaxBytes),
		},
		{
			Measure: fmt.Sprintf("search over %d lines", lines), Berth: figure.Seconds(search), Goal: "under " + searchTime.String(),
			Met: figure.Is(search < searchTime),
		},
	}, nil
}

// searchOnce is how long the median search of a full log takes.
func searchOnce(r *logs.Ring) time.Duration {
	m, err := logs.Query{Text: "duration=96"}.Compile()
	if err != nil {
		panic(err) // plain text
	}
	var all []time.Duration
	for range 7 {
		began := time.Now()
		r.Scan(m, 0, 0, nil)
		all = append(all, time.Since(began))
	}
	return figure.Median(all)
}
