//go:build !linux

package ui

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// needsWatcher tells that the desktop always shows tray icons.
const needsWatcher = false

func hasBus() bool { return true }

func hasTray(*dbus.Conn) bool { return true }

func followTray(context.Context, func(there bool)) {}
