package ui

import (
	"context"

	"berth/engine/crash"
)

// Crashes are the crashes of earlier runs. *crash.Book is the real one.
type Crashes interface {
	// Unseen are those that nobody was shown yet, the newest first.
	Unseen() []crash.Crash
	// Seen notes that the person was told of all of them.
	Seen() error
}

// offerCrash tells of a crash of an earlier run, once, when there is a window to tell it in.
func (a *App) offerCrash() {
	if a.options.Crashes == nil || a.offered {
		return
	}
	a.offered = true
	a.async(func(context.Context) func() {
		unseen := a.options.Crashes.Unseen()
		return func() {
			if len(unseen) == 0 {
				return
			}
			a.shell.OfferCrash(unseen)
			a.async(func(context.Context) func() {
				_ = a.options.Crashes.Seen() // what cannot be noted is told once more
				return func() {}
			})
		}
	})
}
