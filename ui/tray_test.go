package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"berth/engine"
	"berth/engine/sandbox"
	"berth/ui/uitest"
)

// shelf is a tray that keeps what it is given.
type shelf struct {
	menus []*fyne.Menu
}

func (s *shelf) Available() bool      { return true }
func (s *shelf) SetMenu(m *fyne.Menu) { s.menus = append(s.menus, m) }

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

func TestWithoutATrayNothingIsRebuilt(t *testing.T) {
	icon := tray{}
	icon.apply(engine.Snapshot{})
}
