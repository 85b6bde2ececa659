package desktoptest

import (
	"slices"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

const notificationsName = "org.freedesktop.Notifications"

// Notifications is a service that shows messages, as a desktop has one.
type Notifications struct {
	t     testing.TB
	bus   *dbus.Conn
	can   []string
	mu    sync.Mutex
	shown []Notification
}

// Notification is a message as a program sent it.
type Notification struct {
	ID          uint32
	App         string
	Title, Text string
	Actions     []string
	Icon        bool // it has a picture
}

// Notifications starts a service for messages, which says that it can do what is given ("body-markup", "actions"). It ends with the
// test, or by Leave.
func (d *Desktop) Notifications(can ...string) *Notifications {
	d.t.Helper()
	bus, err := dbus.Connect(d.Bus)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = bus.Close() })
	n := &Notifications{t: d.t, bus: bus, can: append([]string{"body"}, can...)}
	if err := bus.Export(notificationService{n}, "/org/freedesktop/Notifications", notificationsName); err != nil {
		d.t.Fatal(err)
	}
	if got, err := bus.RequestName(notificationsName, dbus.NameFlagDoNotQueue); err != nil || got != dbus.RequestNameReplyPrimaryOwner {
		d.t.Fatalf("the name of a service for messages: %v, %v", got, err)
	}
	return n
}

// Leave ends the service, as a desktop that crashes does.
func (n *Notifications) Leave() { _ = n.bus.Close() }

// Shown are all messages so far.
func (n *Notifications) Shown() []Notification {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.shown)
}

// Click clicks a message.
func (n *Notifications) Click(id uint32) {
	n.t.Helper()
	if err := n.bus.Emit("/org/freedesktop/Notifications", notificationsName+".ActionInvoked", id, "default"); err != nil {
		n.t.Fatal(err)
	}
}

// notificationService is what programs call.
type notificationService struct{ n *Notifications }

// GetCapabilities says what the service can do.
func (s notificationService) GetCapabilities() ([]string, *dbus.Error) { return s.n.can, nil }

// Notify shows a message.
func (s notificationService) Notify(app string, _ uint32, _, title, text string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	id := uint32(len(s.n.shown) + 1) //nolint:gosec // a test shows few
	s.n.shown = append(s.n.shown, Notification{ID: id, App: app, Title: title, Text: text, Actions: actions, Icon: isPicture(hints["image-data"].Value())})
	return id, nil
}

// isPicture reports whether a value is a picture as the specification has it: size, length of a row, alpha, bits, channels, bytes.
func isPicture(value any) bool {
	var width, height, row, bits, channels int32
	var alpha bool
	var data []byte
	parts, ok := value.([]any)
	return ok && dbus.Store(parts, &width, &height, &row, &alpha, &bits, &channels, &data) == nil && row >= width*channels && len(data) == int(height*row)
}
