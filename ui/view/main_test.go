package view

import (
	"log"
	"os"
	"testing"
	"time"

	"github.com/adrg/xdg"

	"berth/resources"
	"berth/ui/i18n"
)

func TestMain(m *testing.M) {
	if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
		log.Fatal(err)
	}
	// What the goldens show of the computer that they are made on.
	time.Local = time.UTC
	if err := os.Setenv("HOME", "/home"); err != nil { // a folder that is there, under one name on all of them
		log.Fatal(err)
	}
	if err := os.Setenv("XDG_DATA_HOME", "/home/share"); err != nil { // where backups go
		log.Fatal(err)
	}
	xdg.Reload()
	os.Exit(m.Run())
}
