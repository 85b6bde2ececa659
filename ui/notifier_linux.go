package ui

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	_ "image/png" // the app's icon is one
	"slices"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"github.com/godbus/dbus/v5"

	"berth/ui/theme"
	"berth/ui/viewmodel"
)

// The names of the Desktop Notifications specification.
const (
	notifications     = "org.freedesktop.Notifications"
	notificationsPath = "/org/freedesktop/Notifications"
)

// notifyPatience is how long a desktop may take to answer.
const notifyPatience = 10 * time.Second

// busNotifier shows messages through the service on the session bus. Fyne's own way would wait for the desktop on the main
// goroutine, and hand over text from outside as markup.
type busNotifier struct {
	news    chan viewmodel.News
	clicked func() // a person clicked a message
}

func (a *App) desktopNotifier() Notifier {
	n := &busNotifier{news: make(chan viewmodel.News, 8), clicked: a.Show}
	a.pumping.Go(func() { n.run(a.ctx) })
	return n
}

func (n *busNotifier) Notify(one viewmodel.News) {
	select {
	case n.news <- one:
	default: // a desktop that has not taken the last eight is not waited for
	}
}

// run shows what comes until ctx ends. The bus is connected to at the first message, and anew after it was lost.
func (n *busNotifier) run(ctx context.Context) {
	var bus *dbus.Conn
	defer func() {
		if bus != nil {
			_ = bus.Close()
		}
	}()
	var heard chan *dbus.Signal
	var gone <-chan struct{}
	var shown []uint32 // the ids of our messages
	for {
		select {
		case <-ctx.Done():
			return
		case <-gone:
			bus, heard, gone, shown = nil, nil, nil, nil
		case one := <-n.news:
			if bus == nil || bus.Context().Err() != nil {
				bus, heard, gone, shown = nil, nil, nil, nil
				fresh, err := connectNotifications(ctx)
				if err != nil {
					fyne.LogError("no session bus to notify by", err)
					continue
				}
				bus, heard, gone = fresh, make(chan *dbus.Signal, 8), fresh.Context().Done()
				bus.Signal(heard)
			}
			id, err := send(ctx, bus, one)
			if err != nil {
				fyne.LogError("the desktop shows no notification", err)
				continue
			}
			shown = append(shown[max(0, len(shown)-32):], id)
		case signal, ok := <-heard:
			if !ok {
				heard = nil
				continue
			}
			if id, ok := clickedOn(signal); ok && slices.Contains(shown, id) {
				n.clicked()
			}
		}
	}
}

func connectNotifications(ctx context.Context) (*dbus.Conn, error) {
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := bus.AddMatchSignal(dbus.WithMatchInterface(notifications), dbus.WithMatchMember("ActionInvoked"), dbus.WithMatchSender(notifications)); err != nil {
		_ = bus.Close()
		return nil, err
	}
	return bus, nil
}

// clickedOn is the message that a signal says was clicked.
func clickedOn(signal *dbus.Signal) (id uint32, ok bool) {
	if signal.Name != notifications+".ActionInvoked" || len(signal.Body) == 0 {
		return 0, false
	}
	id, ok = signal.Body[0].(uint32)
	return id, ok
}

// send shows a message and gives its id.
func send(ctx context.Context, bus *dbus.Conn, one viewmodel.News) (id uint32, err error) {
	ctx, cancel := context.WithTimeout(ctx, notifyPatience)
	defer cancel()
	desk := bus.Object(notifications, notificationsPath)
	var can []string
	if err := desk.CallWithContext(ctx, notifications+".GetCapabilities", 0).Store(&can); err != nil {
		return 0, err
	}
	text := one.Text
	if slices.Contains(can, "body-markup") { // else it is shown as it is
		text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	}
	hints := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant(ID), "category": dbus.MakeVariant("x-berth." + string(one.Kind))}
	if icon, ok := iconData(); ok {
		hints["image-data"] = dbus.MakeVariant(icon)
	}
	var actions []string
	if slices.Contains(can, "actions") {
		actions = []string{"default", ""} // a click on it
	}
	err = desk.CallWithContext(ctx, notifications+".Notify", 0, "Berth", uint32(0), "", one.Title, text, actions, hints, int32(-1)).Store(&id)
	return id, err
}

// pixels is a picture as the specification sends it.
type pixels struct {
	Width, Height, Stride int32
	Alpha                 bool
	Bits, Channels        int32
	Data                  []byte
}

// iconData is the app's icon. It is sent, because an icon has a name only where a package was installed.
var iconData = sync.OnceValues(func() (pixels, bool) {
	decoded, _, err := image.Decode(bytes.NewReader(theme.AppIcon().Content()))
	if err != nil {
		return pixels{}, false
	}
	size := decoded.Bounds().Size()
	flat := image.NewNRGBA(image.Rectangle{Max: size})
	draw.Draw(flat, flat.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	return pixels{int32(size.X), int32(size.Y), int32(flat.Stride), true, 8, 4, flat.Pix}, true //nolint:gosec // an icon is small
})
