package ui

import (
	"fmt"
	"runtime"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/godbus/dbus/v5"

	"berth/engine"
	"berth/engine/sandbox"
	"berth/ui/i18n"
	"berth/ui/theme"
	"berth/ui/viewmodel"
)

// Tray shows an icon with a menu beside the clock.
type Tray interface {
	// Available reports whether a desktop shows tray icons, so that a window may hide behind one.
	Available() bool
	SetMenu(*fyne.Menu)
	SetIcon(fyne.Resource)
}

// systemTray is the desktop's own.
type systemTray struct{ app desktop.App }

func (t systemTray) SetMenu(m *fyne.Menu) { t.app.SetSystemTrayMenu(m) }

// SetIcon shows another icon. Where the session bus has died, the library below panics with the bus's error, and no look before
// could rule that out: a bus may die at any moment. The icon is gone with it then, which is not worth the app.
func (t systemTray) SetIcon(r fyne.Resource) {
	defer func() {
		switch what := recover().(type) {
		case nil:
		case runtime.Error: // a mistake in the program
			panic(what)
		case error:
			fyne.LogError("the tray has lost its icon", what)
		default:
			panic(what)
		}
	}()
	t.app.SetSystemTrayIcon(painted(r))
}

// tray keeps the tray's icon and menu true. The menu is rebuilt only when its words change, because some desktops close an
// open one.
type tray struct {
	host  Tray
	words string
	icon  theme.IconName
	menu  func(s engine.Snapshot) (words string, menu *fyne.Menu)
}

func (t *tray) apply(s engine.Snapshot) {
	if t.host == nil {
		return
	}
	if icon := trayIcon(s); icon != t.icon {
		t.icon = icon
		t.host.SetIcon(theme.TrayIcon(icon))
	}
	words, menu := t.menu(s)
	if words == t.words {
		return
	}
	t.words = words
	t.host.SetMenu(menu)
}

// trayMenu is the menu for a snapshot: the state and what is under way, start and stop of the default sandbox, a menu for each
// sandbox, then the window, the settings and the end. Words are all that can be read in it.
func (a *App) trayMenu(s engine.Snapshot) (words string, menu *fyne.Menu) {
	var all strings.Builder
	say := func(label string, do func(), enabled bool) *fyne.MenuItem {
		one := fyne.NewMenuItem(trayLabel(label), do)
		one.Disabled = !enabled
		fmt.Fprintln(&all, label, enabled)
		return one
	}
	items := []*fyne.MenuItem{say(trayState(s), nil, false)}
	if line := trayTask(s); line != "" {
		items = append(items, say(line, nil, false))
	}
	items = append(items, fyne.NewMenuItemSeparator())

	// Each command is there while the sandbox can follow it, and says by being grey that it cannot.
	commands := func(one engine.Sandbox) (start, stop bool) {
		if one.Away != nil || !anyEngine(s) {
			return false, false
		}
		return one.State.Startable(), one.State.Stoppable()
	}
	name, first := viewmodel.DefaultSandbox, engine.Sandbox{State: sandbox.Absent}
	if len(s.Sandboxes) > 0 {
		name, first = s.Sandboxes[0].Name, s.Sandboxes[0] // there may be no default one
	}
	for _, one := range s.Sandboxes {
		if one.Name == viewmodel.DefaultSandbox {
			name, first = one.Name, one
		}
	}
	start, stop := commands(first)
	items = append(items,
		say(i18n.T("Start %s", name), func() { a.options.Engine.Start(name) }, start),
		say(i18n.T("Stop %s", name), func() { a.options.Engine.Stop(name) }, stop))
	for _, one := range s.Sandboxes {
		name := one.Name
		start, stop := commands(one)
		sub := say(name+" · "+stateWord(one), nil, true)
		sub.ChildMenu = fyne.NewMenu(name,
			say(i18n.T("Start"), func() { a.options.Engine.Start(name) }, start),
			say(i18n.T("Stop"), func() { a.options.Engine.Stop(name) }, stop),
			say(i18n.T("Restart"), func() { a.options.Engine.Restart(name) }, stop),
			fyne.NewMenuItemSeparator(),
			say(i18n.T("Open in the browser"), func() { a.open(name) }, stop && one.State == sandbox.Healthy),
			say(i18n.T("Logs"), func() { a.show(); a.shell.ShowLogOf(name) }, true))
		items = append(items, sub)
	}
	quit := say(i18n.T("Quit Berth"), a.askQuit, true)
	quit.IsQuit = true
	items = append(items, fyne.NewMenuItemSeparator(),
		say(i18n.T("Show Berth"), a.show, true),
		say(i18n.T("Settings"), func() { a.show(); a.vm.Go(viewmodel.SettingsPage) }, true),
		fyne.NewMenuItemSeparator(), quit)
	return all.String(), fyne.NewMenu("Berth", items...)
}

// trayLabel is a label as the tray's menu takes it: on a session bus an underscore marks the next letter as the entry's key, and is
// not shown unless it is doubled. Names of engines have some, DOCKER_HOST among them.
func trayLabel(label string) string {
	if !needsWatcher {
		return label
	}
	return strings.ReplaceAll(label, "_", "__")
}

// trayState is the state in a line.
func trayState(s engine.Snapshot) string {
	running, troubled := 0, 0
	for _, one := range s.Sandboxes {
		if _, tone := viewmodel.StateWords(one, one.Since); tone == viewmodel.Trouble {
			troubled++
		}
		if one.Away == nil && one.State.Running() {
			running++
		}
	}
	switch {
	case !anyEngine(s):
		return i18n.T("No engine")
	case len(s.Sandboxes) == 0:
		return i18n.T("No sandbox yet")
	}
	line := i18n.T("%[1]d of %[2]d sandboxes run", running, len(s.Sandboxes))
	if troubled > 0 { // or the icon's triangle would be explained nowhere
		line += " · " + i18n.N("%d sandboxes are in trouble", troubled)
	}
	return line
}

// trayTask is the newest task under way with how far it is, in steps of five percent: a menu that is open may close each time.
func trayTask(s engine.Snapshot) string {
	for _, t := range s.Tasks {
		if !t.State.Over() {
			return fmt.Sprintf("%s · %d %%", viewmodel.Spoken(t.Title), int(t.Progress*20)*5)
		}
	}
	return ""
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
	return hasTray(bus)
}

// stateWord is a sandbox's state as a word, without what changes every second.
func stateWord(one engine.Sandbox) string {
	words, _ := viewmodel.StateWords(one, one.Since)
	word, _, _ := strings.Cut(words, " · ")
	return word
}
