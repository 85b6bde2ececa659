package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/godbus/dbus/v5"

	"berth/engine"
	"berth/engine/sandbox"
	"berth/ui/i18n"
	"berth/ui/viewmodel"
)

// Tray shows an icon with a menu beside the clock.
type Tray interface {
	// Available reports whether a desktop shows tray icons, so that a window may hide behind one.
	Available() bool
	SetMenu(*fyne.Menu)
}

// systemTray is the desktop's own.
type systemTray struct{ app desktop.App }

func (t systemTray) SetMenu(m *fyne.Menu) { t.app.SetSystemTrayMenu(m) }

// tray keeps the tray's menu true. It is rebuilt only when its words change, because some desktops close an open menu.
type tray struct {
	host  Tray
	words string
	menu  func(s engine.Snapshot) (words string, menu *fyne.Menu)
}

func (t *tray) apply(s engine.Snapshot) {
	if t.host == nil {
		return
	}
	words, menu := t.menu(s)
	if words == t.words {
		return
	}
	t.words = words
	t.host.SetMenu(menu)
}

// trayMenu is the menu for a snapshot: the window, then start and stop of the default sandbox, then quit.
func (a *App) trayMenu(s engine.Snapshot) (string, *fyne.Menu) {
	name, state := viewmodel.DefaultSandbox, sandbox.Absent
	if len(s.Sandboxes) > 0 {
		name, state = s.Sandboxes[0].Name, s.Sandboxes[0].State // there may be no default one
	}
	for _, one := range s.Sandboxes {
		if one.Name == viewmodel.DefaultSandbox {
			name, state = one.Name, one.State
		}
	}
	head := fyne.NewMenuItem(name+": "+stateWord(s, name), nil)
	head.Disabled = true
	if state == sandbox.Absent {
		head.Label = i18n.T("No sandbox yet")
	}
	start := fyne.NewMenuItem(i18n.T("Start %s", name), func() { a.options.Engine.Start(name) })
	start.Disabled = state.Running()
	stop := fyne.NewMenuItem(i18n.T("Stop %s", name), func() { a.options.Engine.Stop(name) })
	stop.Disabled = !state.Running()
	quit := fyne.NewMenuItem(i18n.T("Quit Berth"), a.askQuit)
	quit.IsQuit = true
	menu := fyne.NewMenu("Berth",
		fyne.NewMenuItem(i18n.T("Show Berth"), a.show), fyne.NewMenuItemSeparator(), head, start, stop, fyne.NewMenuItemSeparator(), quit)
	return head.Label, menu
}

// Available asks the session bus for a tray, because without one Fyne only logs that its icon is nowhere.
func (t systemTray) Available() bool {
	if !needsWatcher {
		return true
	}
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return false
	}
	defer func() { _ = bus.Close() }()
	var owned bool
	err = bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&owned)
	return err == nil && owned
}

// stateWord is a sandbox's state as a word, without what changes every second.
func stateWord(s engine.Snapshot, name string) string {
	for _, one := range s.Sandboxes {
		if one.Name == name {
			words, _ := viewmodel.StateWords(one, one.Since)
			word, _, _ := strings.Cut(words, " · ")
			return word
		}
	}
	return ""
}
