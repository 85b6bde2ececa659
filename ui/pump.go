package ui

import (
	"context"
	"time"

	"berth/engine"
)

// How often the window is brought up to date.
const (
	minTick = 25 * time.Millisecond  // between two updates at least, after some quiet
	mostly  = 100 * time.Millisecond // and while more and more changes: twice as long each time, up to this
	clock   = time.Second            // what only time changes: "Starting · 2 s"
)

// pump is the one place where engine state becomes ui state: one goroutine that waits for the engine's signal and hands
// the newest snapshot to the main goroutine, at most every minTick, and ten times a second where changes do not end. An update
// that is still waiting there is not joined by another, so a busy window is never flooded.
type pump struct {
	snapshot func() engine.Snapshot
	changed  <-chan struct{}
	do       func(func())                         // runs on the main goroutine: the gate's
	apply    func(engine.Snapshot, time.Time)     // on the main goroutine
	after    func(time.Duration) <-chan time.Time // the clock; time.After
	// updated hears on the main goroutine that the window has a snapshot, which the next frame shows, and how long that took: the
	// update, and the listeners of all bindings it changed. It may be nil.
	updated func(engine.Snapshot, time.Duration)
}

// run pumps until ctx ends.
func (p pump) run(ctx context.Context) {
	applied := make(chan struct{}, 1)
	tick := minTick
	for {
		s := p.snapshot()
		p.do(func() {
			began := time.Now()
			p.apply(s, began)
			if p.updated != nil {
				p.updated(s, time.Since(began))
			}
			applied <- struct{}{}
		})
		select {
		case <-applied:
		case <-ctx.Done():
			return
		}
		select {
		case <-p.after(tick):
		case <-ctx.Done():
			return
		}
		select {
		case <-p.changed:
			tick = min(2*tick, mostly)
			continue
		default:
			tick = minTick
		}
		select {
		case <-p.changed:
		case <-p.after(clock - minTick):
		case <-ctx.Done():
			return
		}
	}
}
