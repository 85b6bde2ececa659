//go:build !darwin && !windows

package autostart

import (
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

func here() system {
	return desktopEntry{path: filepath.Join(xdg.ConfigHome, "autostart", "app.berth.desktop.desktop"), desktop: os.Getenv("XDG_CURRENT_DESKTOP")}
}
