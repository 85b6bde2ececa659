package viewmodel

import (
	"testing"

	"berth/resources"
	"berth/ui/i18n"
)

func TestWhatTheEngineSaysIsPutIntoThePersonsLanguage(t *testing.T) {
	for _, text := range []string{"Starting default", "something nobody knows", "waiting", "opencode 1.18.33 is ready at 127.0.0.1:4096"} {
		if got := Spoken(text); got != text {
			t.Errorf("in English %q is %q", text, got)
		}
	}
	defer func() {
		spoken.texts = nil
		if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
			t.Error(err)
		}
	}()
	spoken.texts = nil
	if err := i18n.Load(resources.Translations, "translations", "de"); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"waiting":                     "wartet",
		"Starting default":            "default starten",
		"Removing image x:1":          "Image x:1 entfernen",
		"see Building x:1":            "siehe x:1 bauen",
		"137: out of memory":          "137: kein Speicher mehr",
		"unpacking · 7 %":             "entpackt · 7 %",
		"no such thing as that":       "no such thing as that",
		"Port 1 is taken by x, and 2": "Port 1 is taken by x, and 2",
		"Restart the engine.":         "Starte die Engine neu.",
		"Start Docker.":               "Starte Docker.",
	} {
		if got := Spoken(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
