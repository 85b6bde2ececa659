package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2/driver/desktop"

	"berth/ui/i18n"
)

const (
	// panelPatience is how long a window that begins hidden waits for a tray: at login the panel may come after Berth.
	panelPatience = 15 * time.Second
	// panelRestart is how long a hidden window waits for a tray that is gone: a panel that is restarted is back by then.
	panelRestart = 5 * time.Second
)

// setUpTray puts the icon into the tray: the desktop's, or what was given in its place. Where trays come and go it is made ready
// for one that is not there yet, because Fyne begins with it when it begins to run, and never later.
func (a *App) setUpTray() {
	host := a.options.Tray
	own := host == nil
	if desk, ok := a.fyne.(desktop.App); ok && own {
		host = systemTray{desk}
	}
	if a.options.Tray = nil; host == nil {
		return
	}
	there := host.Available()
	a.comes = own && needsWatcher && (there || hasBus())
	switch {
	case there:
		a.options.Tray = host
	case !a.comes:
		return
	}
	a.tray = tray{host: host, menu: a.trayMenu}
	a.tray.apply(a.options.Engine.Snapshot())
}

// followTray takes note of trays that come and go, where a program of the desktop's makes them.
func (a *App) followTray() {
	if !a.comes {
		return
	}
	host := systemTray{a.fyne.(desktop.App)}
	a.pumping.Go(func() {
		followTray(a.ctx, func(there bool) { a.gate.do(func() { a.trayIs(there, host) }) }) // the bus tells it, not the engine
	})
}

// mayHide reports whether a window that is to begin hidden has something to hide behind, or may get it in a moment.
func (a *App) mayHide() bool {
	if a.options.Tray != nil {
		return true
	}
	if a.comes {
		a.unlessTray(panelPatience)
	}
	return a.comes
}

// trayIs takes note of a tray that came or went; the icon goes into a new one by itself. A window that is hidden behind one that
// is gone comes back.
func (a *App) trayIs(there bool, host Tray) {
	switch {
	case there:
		a.options.Tray = host
	case a.options.Tray != nil:
		a.options.Tray = nil
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
