package ui

import (
	"sync"
	"sync/atomic"

	"fyne.io/fyne/v2"
)

// gate is the way of other goroutines to the main one. Once Fyne's loop has ended, fyne.Do calls a function where it was asked to,
// beside the main goroutine (runOnMainWithWait in Fyne 2.8); so from its closing on the gate lets nothing through. While the loop
// ends, its queue is emptied first and closed a moment later; so from the last function on the gate lets nothing more be sent.
type gate struct {
	mu     sync.Mutex
	closed bool
	ends   atomic.Bool
}

// do has a function called on the main goroutine, in time; never after the last one, or the closing.
func (g *gate) do(f func()) {
	if !g.ends.Load() {
		fyne.Do(func() { g.pass(f) })
	}
}

// last has a function called on the main goroutine that ends the loop. It is asked for before anything that is asked for later.
func (g *gate) last(f func()) {
	if !g.ends.Swap(true) {
		fyne.Do(func() { g.pass(f) })
	}
}

// end has nothing more sent: the loop is about to end.
func (g *gate) end() { g.ends.Store(true) }

// pass calls a function, unless the gate is closed. While the loop runs, one function is called after the other; where one is
// found at work it has ended, and this one would be beside it, or inside it.
func (g *gate) pass(f func()) {
	if !g.mu.TryLock() {
		return
	}
	defer g.mu.Unlock()
	if !g.closed {
		f()
	}
}

// close waits for a function that is at work, and lets no other through.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}
