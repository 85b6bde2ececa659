package main

import (
	"fmt"
	"sync"
	"time"

	"berth/engine"
	"berth/engine/bench/figure"
	"berth/ui"
)

const manyGoal = time.Second

// many is how long it takes from the connection to the frame that shows all containers of an engine.
func many(o *figure.Options) ([]figure.Row, error) {
	remove, err := makeSandboxes(o.Containers, false)
	if err != nil {
		return nil, err
	}
	defer remove()
	var took []time.Duration
	for range o.Runs {
		w, err := openAfterConnect(o.Containers)
		if err != nil {
			return nil, err
		}
		took = append(took, w)
	}
	median := figure.Median(took)
	return []figure.Row{{
		Measure: fmt.Sprintf("%d containers listed and shown, after connect", o.Containers), Berth: figure.Seconds(median),
		Goal: fmt.Sprintf("at most %.1f s", manyGoal.Seconds()), Met: figure.Is(median <= manyGoal),
	}}, nil
}

// openAfterConnect opens a window and gives how long after the connection it had painted all sandboxes.
func openAfterConnect(rows int) (time.Duration, error) {
	w, err := open(manyWindow, fmt.Sprintf("%s=%d", wantRows, rows))
	if err != nil {
		return 0, err
	}
	line, err := w.out.ReadString('\n')
	if err != nil {
		return 0, err
	}
	var nano int64
	if _, err := fmt.Sscan(line, &nano); err != nil {
		return 0, fmt.Errorf("%s says %q: %w", w.name, line, err)
	}
	return time.Duration(nano), w.end()
}

const manyWindow = "many-window"

// showMany says how long after the connection all is painted.
func showMany() error {
	e, end, err := openReal()
	if err != nil {
		return err
	}
	defer end()
	var once, painted sync.Once
	window := ui.New(ui.Options{Engine: e, Version: "bench", Tray: noTray{}, Updated: func(s engine.Snapshot, _ time.Duration) {
		if !there(e, s) {
			return
		}
		once.Do(func() {
			mark(func() {
				painted.Do(func() { fmt.Printf("%s\n%d\n", sign, time.Since(s.Engine.Since).Nanoseconds()) })
			})
		})
	}})
	go quitWithInput()
	window.Run()
	return nil
}
