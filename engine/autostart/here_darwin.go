package autostart

import (
	"path/filepath"

	"github.com/adrg/xdg"
)

func here() system {
	return launchAgent{path: filepath.Join(xdg.Home, "Library", "LaunchAgents", agentLabel+".plist")}
}
