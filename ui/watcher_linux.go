package ui

// needsWatcher tells that tray icons exist only while a program on the session bus shows them.
const needsWatcher = true
