package ui

import (
	"slices"
	"time"

	"berth/engine"
	"berth/engine/connect"
	"berth/ui/theme"
	"berth/ui/viewmodel"
)

// trayIcon is the icon that tells the state at a glance, by shape and by colour. Trouble comes before all else, for it wants a
// person; then what is under way, then what runs.
func trayIcon(s engine.Snapshot) theme.IconName {
	if !anyEngine(s) {
		return theme.IconTrayNone
	}
	icon := theme.IconTrayStopped
	for _, one := range s.Sandboxes {
		switch _, tone := viewmodel.StateWords(one, time.Time{}); {
		case tone == viewmodel.Trouble:
			return theme.IconTrayTrouble
		case tone == viewmodel.Caution:
			icon = theme.IconTrayStarting
		case tone == viewmodel.Good && icon != theme.IconTrayStarting:
			icon = theme.IconTrayRunning
		}
	}
	return icon
}

// anyEngine reports whether one of the engines is there.
func anyEngine(s engine.Snapshot) bool {
	return s.Engine.Phase == connect.Connected || slices.ContainsFunc(s.Also, func(m engine.Member) bool { return m.Status.Phase == connect.Connected })
}
