package ui

import (
	"runtime"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/godbus/dbus/v5"

	"berth/engine"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/theme"
	"berth/ui/uitest"
)

// shelf is a tray that keeps what it is given.
type shelf struct {
	menus []*fyne.Menu
	icons []string
}

func (s *shelf) Available() bool      { return true }
func (s *shelf) SetMenu(m *fyne.Menu) { s.menus = append(s.menus, m) }
func (s *shelf) SetIcon(r fyne.Resource) {
	s.icons = append(s.icons, strings.TrimSuffix(strings.TrimPrefix(r.Name(), "tray-"), ".svg"))
}

func item(t *testing.T, m *fyne.Menu, label string) *fyne.MenuItem {
	t.Helper()
	for _, i := range m.Items {
		if strings.HasPrefix(i.Label, label) {
			return i
		}
	}
	t.Fatalf("the menu has no %q", label)
	return nil
}

func TestTheTrayStartsAndStopsTheSandbox(t *testing.T) {
	e := uitest.New()
	a := &App{options: Options{Engine: e}}
	host := &shelf{}
	icon := tray{host: host, menu: a.trayMenu}

	icon.apply(uitest.Connected())
	menu := host.menus[0]
	if !item(t, menu, "Stop default").Disabled || item(t, menu, "Start default").Disabled {
		t.Error("what does not exist can be started, not stopped")
	}
	item(t, menu, "Start default").Action()

	icon.apply(uitest.Connected(engine.Sandbox{Name: "other", State: sandbox.Stopped}, engine.Sandbox{Name: "default", State: sandbox.Healthy}))
	menu = host.menus[1]
	if item(t, menu, "Stop default").Disabled || !item(t, menu, "Start default").Disabled {
		t.Error("what runs can be stopped, not started")
	}
	item(t, menu, "Stop default").Action()
	if got := strings.Join(e.Told, ", "); got != "start default, stop default" {
		t.Errorf("told %q", got)
	}
}

func TestTheTraysMenuIsRebuiltOnlyWhenItsWordsChange(t *testing.T) {
	host := &shelf{}
	icon := tray{host: host, menu: (&App{options: Options{Engine: uitest.New()}}).trayMenu}
	for range 5 {
		icon.apply(uitest.Connected(engine.Sandbox{Name: "default", State: sandbox.Healthy}))
	}
	if len(host.menus) != 1 {
		t.Errorf("it was rebuilt %d times", len(host.menus))
	}
}

func TestTheTraysIconTellsTheState(t *testing.T) {
	one := func(state sandbox.State) engine.Sandbox { return engine.Sandbox{Name: string(state), State: state} }
	host := &shelf{}
	icon := tray{host: host, menu: (&App{options: Options{Engine: uitest.New()}}).trayMenu}
	for _, s := range []engine.Snapshot{
		{},
		uitest.Connected(),
		uitest.Connected(one(sandbox.Stopped), one(sandbox.Healthy)),
		uitest.Connected(one(sandbox.Healthy), one(sandbox.Created)), // the same
		uitest.Connected(one(sandbox.Starting), one(sandbox.Healthy)),
		uitest.Connected(one(sandbox.Healthy), one(sandbox.Exited), one(sandbox.Starting)),
	} {
		icon.apply(s)
	}
	if got := strings.Join(host.icons, " "); got != "none stopped running starting trouble" {
		t.Errorf("the icons were %s", got)
	}
	drawn := map[string]bool{}
	for _, name := range []theme.IconName{theme.IconTrayNone, theme.IconTrayStopped, theme.IconTrayStarting, theme.IconTrayRunning, theme.IconTrayTrouble} {
		drawn[string(theme.TrayIcon(name).Content())] = true
	}
	if len(drawn) != 5 {
		t.Errorf("there are %d drawings", len(drawn))
	}
}

func TestEverySandboxHasAMenuInTheTray(t *testing.T) {
	e := uitest.New()
	host := &shelf{}
	icon := tray{host: host, menu: (&App{options: Options{Engine: e}}).trayMenu}
	s := uitest.Connected(engine.Sandbox{Name: "portal", State: sandbox.Healthy}, engine.Sandbox{Name: "notes", State: sandbox.Stopped})
	s.Tasks = []task.View{{Title: "Backing up portal", State: task.Running, Progress: 0.43}, {Title: "Starting notes", State: task.Done}}
	icon.apply(s)
	menu := host.menus[0]
	if got := menu.Items[0].Label + "; " + menu.Items[1].Label; got != "1 of 2 sandboxes run; Backing up portal · 40 %" {
		t.Errorf("it says %q", got)
	}
	portal, notes := item(t, menu, "portal · Healthy").ChildMenu, item(t, menu, "notes · Stopped").ChildMenu
	if !item(t, portal, "Start").Disabled || item(t, portal, "Open").Disabled || item(t, notes, "Start").Disabled || !item(t, notes, "Open").Disabled || !item(t, notes, "Restart").Disabled {
		t.Error("what cannot be is offered, or what can is not")
	}
	item(t, portal, "Restart").Action()
	item(t, portal, "Stop").Action()
	item(t, notes, "Start").Action()
	if got := strings.Join(e.Told, ", "); got != "restart portal, stop portal, start notes" {
		t.Errorf("told %q", got)
	}

	s.Tasks[0].Progress = 0.44 // too little for a menu that may close
	icon.apply(s)
	s.Tasks[0].Progress = 0.46
	icon.apply(s)
	if len(host.menus) != 2 {
		t.Errorf("it was rebuilt %d times", len(host.menus))
	}
}

// The icon shows a triangle then.
func TestTheTraysMenuSaysThatASandboxIsInTrouble(t *testing.T) {
	s := uitest.Connected(engine.Sandbox{Name: "notes", State: sandbox.Healthy}, engine.Sandbox{Name: "portal", State: sandbox.Unhealthy, Detail: "no answer"}, engine.Sandbox{Name: "web", State: sandbox.Exited})
	if got := trayState(s); got != "2 of 3 sandboxes run · 2 sandboxes are in trouble" || trayIcon(s) != theme.IconTrayTrouble {
		t.Errorf("it says %q under %s", got, trayIcon(s))
	}
}

// What marks a letter as a key is read as one by the desktop, and the name would miss it.
func TestTheTraysMenuShowsTheUnderscoresOfANameWhereTheyMarkKeys(t *testing.T) {
	host := &shelf{}
	icon := tray{host: host, menu: (&App{options: Options{Engine: uitest.New()}}).trayMenu}
	icon.apply(uitest.Connected(engine.Sandbox{Name: "portal@DOCKER_HOST", State: sandbox.Healthy}))
	want := "portal@DOCKER_HOST"
	if needsWatcher {
		want = "portal@DOCKER__HOST"
	}
	for _, begin := range []string{"Start ", "Stop ", ""} {
		item(t, host.menus[0], begin+want)
	}
}

// What is shown of an engine that is away cannot be told to do anything.
func TestTheTrayOffersNothingOfASandboxWhoseEngineIsAway(t *testing.T) {
	host := &shelf{}
	icon := tray{host: host, menu: (&App{options: Options{Engine: uitest.New()}}).trayMenu}
	icon.apply(engine.Snapshot{Sandboxes: []engine.Sandbox{{Name: "portal", State: sandbox.Healthy}}})
	menu := host.menus[0]
	if menu.Items[0].Label != "No engine" || !item(t, menu, "Start portal").Disabled || !item(t, menu, "Stop portal").Disabled {
		t.Errorf("%s, and it can be started or stopped", menu.Items[0].Label)
	}
	portal := item(t, menu, "portal · ").ChildMenu
	for _, command := range []string{"Start", "Stop", "Restart", "Open"} {
		if !item(t, portal, command).Disabled {
			t.Errorf("%s is offered", command)
		}
	}
}

// brittle is a desktop on which setting the icon panics.
type brittle struct {
	desktop.App
	with any
}

func (b brittle) SetSystemTrayIcon(fyne.Resource) { panic(b.with) }

func TestAnIconThatCannotBeShownAnyMoreEndsNothing(t *testing.T) {
	systemTray{brittle{with: dbus.ErrClosed}}.SetIcon(theme.TrayIcon(theme.IconTrayNone))
	for _, mistake := range []any{"a mistake", &runtime.TypeAssertionError{}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T is taken for the end of the bus", mistake)
				}
			}()
			systemTray{brittle{with: mistake}}.SetIcon(theme.TrayIcon(theme.IconTrayNone))
		}()
	}
}

func TestWithoutATrayNothingIsRebuilt(t *testing.T) {
	icon := tray{}
	icon.apply(engine.Snapshot{})
}
