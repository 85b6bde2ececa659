package ui

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"berth/engine"
)

func TestThePumpNeverFloodsTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := make(chan struct{}, 1)
		var applied atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			pump{
				snapshot: func() engine.Snapshot { return engine.Snapshot{} }, changed: changed,
				do: func(f func()) { f() }, apply: func(engine.Snapshot, time.Time) { applied.Add(1) }, after: time.After,
			}.run(ctx)
		}()
		until := time.Now().Add(10 * time.Second)
		for time.Now().Before(until) { // ten thousand changes
			select {
			case changed <- struct{}{}:
			default:
			}
			time.Sleep(time.Millisecond)
		}
		if n := applied.Load(); n < 90 || n > 103 {
			t.Errorf("%d updates in 10 s, want about one every 100 ms", n)
		}
		stop()
		<-done
	})
}

// An end comes in two: that it is being made, and that it is there. The second is not kept back for long.
func TestTheSecondOfTwoChangesIsShownSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := make(chan struct{}, 1)
		var at []time.Duration
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			pump{
				snapshot: func() engine.Snapshot { return engine.Snapshot{} }, changed: changed,
				do: func(f func()) { f() }, apply: func(engine.Snapshot, time.Time) { at = append(at, time.Since(began)) }, after: time.After,
			}.run(ctx)
		}()
		time.Sleep(500 * time.Millisecond)
		changed <- struct{}{}
		time.Sleep(5 * time.Millisecond)
		changed <- struct{}{}
		time.Sleep(100 * time.Millisecond)
		stop()
		<-done
		want := []time.Duration{0, 500 * time.Millisecond, 525 * time.Millisecond}
		if !slices.Equal(at, want) {
			t.Errorf("updates at %v, want %v", at, want)
		}
	})
}

func TestThePumpTicksOnceASecondWhenNothingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var applied atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			pump{
				snapshot: func() engine.Snapshot { return engine.Snapshot{} }, changed: make(chan struct{}),
				do: func(f func()) { f() }, apply: func(engine.Snapshot, time.Time) { applied.Add(1) }, after: time.After,
			}.run(ctx)
		}()
		time.Sleep(10500 * time.Millisecond)
		if n := applied.Load(); n != 11 {
			t.Errorf("%d updates in 10.5 s, want 11", n)
		}
		stop()
		<-done
	})
}

func TestABusyWindowHoldsThePumpUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changed := make(chan struct{}, 1)
		var queued []func()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			pump{
				snapshot: func() engine.Snapshot { return engine.Snapshot{} }, changed: changed,
				do: func(f func()) { queued = append(queued, f) }, apply: func(engine.Snapshot, time.Time) {}, after: time.After,
			}.run(ctx)
		}()
		changed <- struct{}{}
		time.Sleep(time.Minute) // the window does not get round to it
		synctest.Wait()
		if len(queued) != 1 {
			t.Errorf("%d updates wait, want 1", len(queued))
		}
		stop()
		<-done
	})
}
