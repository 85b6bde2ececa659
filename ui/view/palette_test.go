package view

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
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

// Something else than its keys may turn the page: the tray.
func TestThePaletteKeepsTheKeyboardWhenThePageBehindItTurns(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.press(fyne.KeyK)
	before := s.window.Canvas().Focused()
	s.vm.Go(viewmodel.ImagesPage)
	s.vm.Go(viewmodel.ActivityPage)
	if got := s.window.Canvas().Focused(); got == nil || got != before {
		t.Fatalf("%T has the keyboard", got)
	}
	test.Type(before, "go to images")
	before.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got := s.window.Canvas().Focused(); got != s.images.table {
		t.Errorf("then %T has it", got)
	}
}

func TestAListToChooseFromGoesWithItsPage(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.goTo(viewmodel.SettingsPage, nil)
	test.Tap(all[*widget.Select](s.Content)[0])
	if s.window.Canvas().Overlays().Top() == nil {
		t.Fatal("there is no list")
	}
	s.goTo(viewmodel.SandboxesPage, nil)
	if top := s.window.Canvas().Overlays().Top(); top != nil || s.window.Canvas().Focused() != s.sandboxes.table {
		t.Errorf("%T is over the page", top)
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

func TestThePaletteSortsTheTable(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("a"), healthy("b")), now)
	for _, want := range []bool{true, false} { // by name is how it begins
		s.press(fyne.KeyK)
		test.Type(s.window.Canvas().Focused(), "sort by name")
		s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if look := s.engine.Saved.Window.Table; look.Sort != "name" || look.Reverse != want {
			t.Errorf("sorted by %q, reversed %v, want %v", look.Sort, look.Reverse, want)
		}
		if s.window.Canvas().Focused() != fyne.Focusable(s.sandboxes.table) {
			t.Errorf("the keyboard is on %T", s.window.Canvas().Focused())
		}
	}
}

func TestThePaletteGoesToASettingWhereverItIs(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	snap := uitest.Connected(healthy("default"))
	for i := range 12 {
		snap.Engine.Attempts = append(snap.Engine.Attempts, connect.Attempt{Endpoint: connect.Endpoint{Name: fmt.Sprint("place ", i), Host: fmt.Sprint("unix:///", i)}})
	}
	s.vm.Apply(snap, now)
	s.press(fyne.KeyK)
	test.Type(s.window.Canvas().Focused(), "size of log")
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	entry, ok := s.window.Canvas().Focused().(*widget.Entry)
	if !ok {
		t.Fatalf("the keyboard is on %T", s.window.Canvas().Focused())
	}
	y := fyne.CurrentApp().Driver().AbsolutePositionForObject(entry).Y
	if y < 60 || y > 740 {
		t.Errorf("the control is at %v, which nobody sees", y)
	}
	s.keep(t, "settings-end")
	entry.SetText("16")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got := s.engine.Saved.Window.Log.Size; got != 16 {
		t.Errorf("saved %v", got)
	}
}

// A person who wants the light theme types that, and not the word for what it is a value of.
func TestThePaletteSetsASettingByTheWordOfItsValue(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.vm.Settings.Change(func(c *config.Settings) { c.Window.Theme = "dark" })
	light := func() {
		t.Helper()
		s.press(fyne.KeyK)
		test.Type(s.window.Canvas().Focused(), "light")
		s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	light()
	if got := s.vm.Settings.Value().Window.Theme; got != "light" {
		t.Errorf("the theme is %q", got)
	}
	if page, _ := s.vm.Page.Get(); page != viewmodel.SandboxesPage {
		t.Errorf("it turned to the page %q", page)
	}
	light() // what is set already is not offered: Enter does nothing
	wantTexts(t, dialogOf(t, s), "Nothing matches")
}

func TestThePaletteGoesToWherePasswordsAndKeysAre(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.press(fyne.KeyK)
	test.Type(s.window.Canvas().Focused(), "passwords and")
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if page, err := s.vm.Page.Get(); err != nil || page != viewmodel.SettingsPage {
		t.Fatalf("it goes to %v, %v", page, err)
	}
	if on := s.window.Canvas().Focused(); on == nil || on != s.options[secretPlace] {
		t.Errorf("the keyboard is on %T", on)
	}
}
