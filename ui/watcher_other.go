//go:build !linux

package ui

// needsWatcher tells that the desktop always shows tray icons.
const needsWatcher = false
