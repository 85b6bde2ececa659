package view

import (
	"log"
	"os"
	"testing"

	"berth/resources"
	"berth/ui/i18n"
)

func TestMain(m *testing.M) {
	if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
		log.Fatal(err)
	}
	os.Exit(m.Run())
}
