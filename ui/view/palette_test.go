package view

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/sandbox"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
)

func TestThePaletteFindsEveryActionAndSandbox(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	stopped := engine.Sandbox{Name: "old-monorepo", State: sandbox.Stopped}
	s.vm.Apply(uitest.Connected(healthy("default"), stopped), now)
	run := func(words string) {
		t.Helper()
		s.press(fyne.KeyK)
		test.Type(s.window.Canvas().Focused(), words)
		s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if s.window.Canvas().Overlays().Top() != nil {
			t.Fatalf("%q left the palette open", words)
		}
	}
	run("start old")
	run("open default")
	run("go to images")
	last := s.engine.Told[len(s.engine.Told)-1]
	if page, _ := s.vm.Page.Get(); last != "start old-monorepo" || len(s.opened) != 1 || page != viewmodel.ImagesPage {
		t.Errorf("told %q, opened %q, page %q", last, s.opened, page)
	}
	run("show old")
	if got, _ := s.vm.Detail.Name.Get(); got != "old-monorepo" {
		t.Errorf("%q is shown", got)
	}
	s.press(fyne.KeyK)
	s.keep(t, "palette")
	test.Type(s.window.Canvas().Focused(), "no such thing at all")
	wantTexts(t, dialogOf(t, s), "Nothing matches")
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.window.Canvas().Overlays().Top() != nil {
		t.Error("Escape does not close the palette")
	}
}

func TestEveryShortcutIsListedAndNoneIsDoubled(t *testing.T) {
	s := open(t, theme.Light, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
	box := dialogOf(t, s)
	wantTexts(t, box, "Shortcuts", "Ctrl+N", "Remove…")
	s.keep(t, "shortcuts")
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	seen := map[string]string{}
	for _, c := range s.commands() {
		if c.short == nil {
			continue
		}
		if other := seen[c.short.ShortcutName()]; other != "" {
			t.Errorf("%s and %s have the same shortcut", c.title, other)
		}
		seen[c.short.ShortcutName()] = c.title
		if c.keys == "" || !strings.Contains(c.keys, "Ctrl") {
			t.Errorf("the shortcut of %s is not shown", c.title)
		}
	}
}
