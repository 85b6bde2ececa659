package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"berth/engine"
	"berth/ui"
	"berth/ui/uitest"
)

// fake is an engine layer whose snapshots come from the benchmark, so that only the window is measured.
type fake struct {
	*uitest.Engine
	newest  atomic.Pointer[engine.Snapshot]
	changed chan struct{}
}

func newFake(s engine.Snapshot) *fake {
	f := &fake{Engine: uitest.New(), changed: make(chan struct{}, 1)}
	f.newest.Store(&s)
	return f
}

func (f *fake) Snapshot() engine.Snapshot { return *f.newest.Load() }
func (f *fake) Changed() <-chan struct{}  { return f.changed }

// set makes s the newest snapshot and tells the window.
func (f *fake) set(s engine.Snapshot) {
	f.newest.Store(&s)
	f.tell()
}

func (f *fake) tell() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// show opens the window on a fake, runs work beside it once it shows the first snapshot, and gives how long each update
// kept the main goroutine while work ran.
func show(f *fake, work func()) []time.Duration {
	var updates []time.Duration
	first := make(chan struct{})
	var once sync.Once
	var measuring atomic.Bool
	app := ui.New(ui.Options{Engine: f, Version: "bench", Updated: func(_ engine.Snapshot, took time.Duration) {
		once.Do(func() { close(first) })
		if measuring.Load() {
			updates = append(updates, took)
		}
	}})
	var worker sync.WaitGroup
	worker.Go(func() {
		<-first
		time.Sleep(warmUp)
		measuring.Store(true)
		work()
		app.Quit()
	})
	app.Run()
	worker.Wait()
	return updates
}

// warmUp lets the window paint, and the caches fill, before anything is measured.
const warmUp = 3 * time.Second

// probe asks the main goroutine for a turn every 5 ms until ctx ends, and gives how long each took to come: what a person
// feels as the time between a key and its effect.
func probe(ctx context.Context) []time.Duration {
	var waits []time.Duration
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return waits
		case <-tick.C:
			began := time.Now()
			fyne.DoAndWait(func() {})
			waits = append(waits, time.Since(began))
		}
	}
}
