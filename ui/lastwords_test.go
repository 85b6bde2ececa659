package ui

import (
	"testing"

	"fyne.io/fyne/v2/app"
)

// Where Fyne has anything to do after its loop, quitting can hang.
func TestFyneHasNothingToDoAfterItsLoop(t *testing.T) {
	lifecycle := app.NewWithID("app.berth.test").Lifecycle()
	hooks, ok := lifecycle.(interface{ OnStopped() func() })
	if !ok || hooks.OnStopped() == nil {
		t.Skip("this Fyne does nothing there by itself: withoutLastWords can go")
	}
	if !withoutLastWords(lifecycle) || hooks.OnStopped() != nil {
		t.Error("Fyne still does something after its loop")
	}
}
