package ui

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// needsWatcher tells that tray icons exist only while a program on the session bus shows them.
const needsWatcher = true

// trayWatcher is the name of that program, by freedesktop's StatusNotifierItem specification.
const trayWatcher = "org.kde.StatusNotifierWatcher"

// hasBus reports whether there is a session bus, on which a tray may come.
func hasBus() bool {
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return false
	}
	_ = bus.Close()
	return true
}

func hasTray(bus *dbus.Conn) bool {
	var owned bool
	err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, trayWatcher).Store(&owned)
	return err == nil && owned
}

// followTray tells whether tray icons are shown, at once and whenever that changes, until ctx ends or the bus does.
func followTray(ctx context.Context, tell func(there bool)) {
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		tell(false)
		return
	}
	defer func() { _ = bus.Close() }()
	changes := make(chan *dbus.Signal, 16)
	bus.Signal(changes)
	if err := bus.AddMatchSignalContext(ctx, dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, trayWatcher)); err != nil {
		tell(hasTray(bus))
		return
	}
	there := hasTray(bus)
	for tell(there); ; {
		select {
		case <-ctx.Done():
			return
		case _, open := <-changes:
			if !open {
				if ctx.Err() == nil {
					tell(false)
				}
				return
			}
		}
		if now := hasTray(bus); now != there {
			there = now
			tell(there)
		}
	}
}
