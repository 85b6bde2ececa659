package ui

import "fyne.io/fyne/v2"

// withoutLastWords has Fyne do nothing more after its loop, and tells whether it could. Fyne saves its preferences then, of which
// Berth keeps none. It does so from another goroutine, through the queue of the loop that has just ended: a request that comes
// between the emptying of that queue and its closing is never answered, and Run waits for the answer (runGL in
// internal/driver/glfw/loop.go, WaitForEvents in internal/app/lifecycle.go, Fyne 2.8.0). A Berth that quit stayed for ever then.
func withoutLastWords(l fyne.Lifecycle) bool {
	hooks, ok := l.(interface{ SetOnStoppedHookExecuted(hook func()) })
	if ok {
		hooks.SetOnStoppedHookExecuted(nil)
	}
	return ok
}
