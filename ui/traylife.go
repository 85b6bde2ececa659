package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"berth/ui/i18n"
)

const (
	// panelPatience is how long a window that begins hidden waits for a tray: at login the panel may come after Berth.
	panelPatience = 15 * time.Second
	// panelRestart is how long a hidden window waits for a tray that is gone: a panel that is restarted is back by then.
	panelRestart = 5 * time.Second
)

// setUpTray puts the icon into the tray, where there is one.
func (a *App) setUpTray() {
	host := a.options.Tray
	if host == nil {
		desk, ok := a.fyne.(desktop.App)
		if !ok {
			return
		}
		host = systemTray{desk}
	}
	if a.options.Tray = nil; host.Available() {
		a.useTray(host)
	}
}

// followTray takes note of trays that come and go, where a program of the desktop's makes them.
func (a *App) followTray() {
	desk, ok := a.fyne.(desktop.App)
	if !ok || !needsWatcher {
		return
	}
	a.pumping.Go(func() {
		followTray(a.ctx, func(there bool) { fyne.Do(func() { a.trayIs(there, systemTray{desk}) }) })
	})
}

func (a *App) useTray(host Tray) {
	a.options.Tray = host
	a.tray = tray{host: host, menu: a.trayMenu}
	a.tray.apply(a.options.Engine.Snapshot())
	a.window.SetCloseIntercept(a.close) // the tray sets its own
}

// mayHide reports whether a window that is to begin hidden has something to hide behind, or may get it in a moment.
func (a *App) mayHide() bool {
	if a.options.Tray != nil {
		return true
	}
	if _, ok := a.fyne.(desktop.App); !ok || !needsWatcher {
		return false
	}
	a.unlessTray(panelPatience)
	return true
}

// trayIs takes note of a tray that came or went. A window that is hidden behind one that is gone comes back.
func (a *App) trayIs(there bool, host Tray) {
	switch {
	case there && a.options.Tray == nil:
		a.useTray(host)
	case !there && a.options.Tray != nil:
		a.options.Tray = nil // the icon is there again with the next one: see systray
		if !a.shown {
			a.unlessTray(panelRestart)
		}
	}
}

// unlessTray shows the window after a while, unless there is a tray by then.
func (a *App) unlessTray(patience time.Duration) {
	a.async(func(ctx context.Context) func() {
		select {
		case <-ctx.Done():
		case <-time.After(patience):
		}
		return func() {
			if a.options.Tray == nil && !a.shown {
				a.show()
				a.vm.Say(i18n.T("This desktop shows no tray icons now, so the window is here."))
			}
		}
	})
}
