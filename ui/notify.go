package ui

import (
	"maps"
	"time"

	"berth/engine"
	"berth/engine/config"
	"berth/ui/viewmodel"
)

// Notifier shows a message outside the window.
type Notifier interface {
	// Notify returns at once. Where a desktop shows no messages, nothing happens.
	Notify(viewmodel.News)
}

// setUpNotifier takes the desktop's when none was given, and hears whether the window is in front.
func (a *App) setUpNotifier() {
	if a.options.Notifier == nil {
		a.options.Notifier = a.desktopNotifier()
	}
	a.news.Told = a.vm.Settings.Value().Update.Sandboxes
	a.fyne.Lifecycle().SetOnEnteredForeground(func() { a.focused = true; a.vm.Return() })
	a.fyne.Lifecycle().SetOnExitedForeground(func() { a.focused = false })
}

// notify tells what a person should know of a snapshot while the window is not in front: hidden, or behind another one.
func (a *App) notify(s engine.Snapshot, now time.Time) {
	wanted := func(kind viewmodel.NewsKind) bool { return viewmodel.Wants(a.vm.Settings.Value().Notify, kind) }
	told := a.news.Told
	for _, one := range a.news.Look(s, now, a.shown && a.focused, wanted) {
		a.options.Notifier.Notify(one)
	}
	if !maps.Equal(told, a.news.Told) {
		a.vm.Settings.Keep(func(c *config.Settings) { c.Update.Sandboxes = a.news.Told })
	}
}
