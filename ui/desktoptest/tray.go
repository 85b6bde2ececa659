package desktoptest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// The names of the StatusNotifierItem specification and of the menus that belong to it.
const (
	watcherName = "org.kde.StatusNotifierWatcher"
	itemName    = "org.kde.StatusNotifierItem"
	menuName    = "com.canonical.dbusmenu"
)

// Tray is a tray host on a desktop's session bus, as a panel is one.
type Tray struct {
	t     testing.TB
	desk  *Desktop
	bus   *dbus.Conn
	mu    sync.Mutex
	owner string // of the icon
	path  dbus.ObjectPath
}

// Tray starts a tray host. It ends with the test, or by Leave.
func (d *Desktop) Tray() *Tray {
	d.t.Helper()
	bus, err := dbus.Connect(d.Bus)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = bus.Close() })
	tray := &Tray{t: d.t, desk: d, bus: bus}
	if err := bus.Export(watcher{tray}, "/StatusNotifierWatcher", watcherName); err != nil {
		d.t.Fatal(err)
	}
	if got, err := bus.RequestName(watcherName, dbus.NameFlagDoNotQueue); err != nil || got != dbus.RequestNameReplyPrimaryOwner {
		d.t.Fatalf("the name of a tray host: %v, %v", got, err)
	}
	return tray
}

// Leave ends the tray host, as a panel that crashes does, and waits until the bus knows that.
func (y *Tray) Leave() {
	y.t.Helper()
	other, err := dbus.Connect(y.desk.Bus)
	if err != nil {
		y.t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	_ = y.bus.Close()
	y.desk.Eventually(10*time.Second, "the tray host to be gone", func() bool {
		var there bool
		return other.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, watcherName).Store(&there) == nil && !there
	})
}

// watcher is what programs call.
type watcher struct{ tray *Tray }

// RegisterStatusNotifierItem is called by a program that has an icon.
func (w watcher) RegisterStatusNotifierItem(service string, sender dbus.Sender) *dbus.Error {
	w.tray.mu.Lock()
	defer w.tray.mu.Unlock()
	w.tray.owner, w.tray.path = string(sender), "/StatusNotifierItem"
	if strings.HasPrefix(service, "/") {
		w.tray.path = dbus.ObjectPath(service)
	}
	return nil
}

func (y *Tray) item() (dbus.BusObject, bool) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.bus.Object(y.owner, y.path), y.owner != ""
}

// Icon is the icon's largest picture, as the bytes it is sent in; empty while there is none.
func (y *Tray) Icon() string {
	item, ok := y.item()
	if !ok {
		return ""
	}
	value, err := item.GetProperty(itemName + ".IconPixmap")
	if err != nil {
		return ""
	}
	return fmt.Sprint(value.Value())
}

// Entry is a line of the menu.
type Entry struct {
	Label   string
	Enabled bool
	Entries []Entry

	id int32
}

// layout is how a menu comes over the bus: an id, properties, and the same again for what is below.
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

func (l layout) entry() Entry {
	e := Entry{id: l.ID, Enabled: true}
	if v, ok := l.Properties["label"]; ok {
		e.Label, _ = v.Value().(string)
	}
	if v, ok := l.Properties["enabled"]; ok {
		e.Enabled, _ = v.Value().(bool)
	}
	for _, child := range l.Children {
		var below layout
		if dbus.Store([]any{child.Value()}, &below) == nil {
			e.Entries = append(e.Entries, below.entry())
		}
	}
	return e
}

func (y *Tray) menu() (dbus.BusObject, bool) {
	item, ok := y.item()
	if !ok {
		return nil, false
	}
	value, err := item.GetProperty(itemName + ".Menu")
	if err != nil {
		return nil, false
	}
	path, ok := value.Value().(dbus.ObjectPath)
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.bus.Object(y.owner, path), ok
}

// Menu is the icon's menu as it is now; nil while there is none.
func (y *Tray) Menu() []Entry {
	menu, ok := y.menu()
	if !ok {
		return nil
	}
	var revision uint32
	var all layout
	if err := menu.Call(menuName+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &all); err != nil {
		return nil
	}
	return all.entry().Entries
}

// find is the entry at the end of a path of labels, each of which has to begin so.
func find(entries []Entry, labels ...string) (Entry, bool) {
	i := slices.IndexFunc(entries, func(e Entry) bool { return strings.HasPrefix(e.Label, labels[0]) })
	switch {
	case i < 0:
		return Entry{}, false
	case len(labels) == 1:
		return entries[i], true
	default:
		return find(entries[i].Entries, labels[1:]...)
	}
}

// Find is the entry of the menu to which the labels lead, a label a menu.
func (y *Tray) Find(labels ...string) (Entry, bool) { return find(y.Menu(), labels...) }

// Press waits until the menu has an entry to which the labels lead and that is enabled, and chooses it once it stays: a menu that is made
// anew has other entries, and says nothing to the choice of an older one.
func (y *Tray) Press(limit time.Duration, labels ...string) {
	y.t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var before int32
	for {
		if entry, ok := y.Find(labels...); ok && entry.Enabled {
			stays := entry.id == before
			before = entry.id
			if menu, ok := y.menu(); ok && stays {
				if err := menu.Call(menuName+".Event", 0, entry.id, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
					y.t.Fatal(err)
				}
				return
			}
		}
		select {
		case <-deadline.C:
			y.t.Fatalf("the tray's menu has no %q to choose: %+v", labels, y.Menu())
		case <-tick.C:
		}
	}
}
