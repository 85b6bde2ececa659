package ui

import (
	"sync"

	"fyne.io/fyne/v2"
)

// gate is the way of other goroutines to the main one. Once Fyne's loop has ended, fyne.Do calls a function where it was asked to,
// beside the main goroutine (runOnMainWithWait in Fyne 2.8); so from its closing on the gate lets nothing through.
type gate struct {
	mu     sync.Mutex
	closed bool
}

// do has a function called on the main goroutine, in time; never after the closing.
func (g *gate) do(f func()) { fyne.Do(func() { g.pass(f) }) }

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
