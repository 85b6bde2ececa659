package view

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/widget"
)

func TestEnterInAFilterChoosesWhatItFoundSoThatTheKeysWorkOnIt(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("client-portal"), healthy("default"), healthy("old-monorepo")), now)
	enter := func(words string) {
		s.window.Canvas().Focus(s.sandboxes.filter)
		s.sandboxes.filter.SetText(words)
		s.sandboxes.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	s.vm.Sandboxes.Select("default")
	enter("old")
	s.typed('t')
	if !slices.Contains(s.engine.Told, "stop old-monorepo") {
		t.Errorf("T after the filter: %q", s.engine.Told)
	}
	enter("o")
	if got := s.sandboxes.table.Selected(); got != "old-monorepo" {
		t.Errorf("the choice moved to %q though it is still shown", got)
	}
	enter("nothing") // and chooses nothing
	if got := s.sandboxes.table.Selected(); got != "old-monorepo" {
		t.Errorf("%q was chosen of no rows", got)
	}
}

func TestFindTypesOverWhatAFilterHolds(t *testing.T) {
	for _, page := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3} {
		s := openKept(t, theme.Dark, 1280, 800)
		s.press(page)
		for _, words := range []string{"old", "def"} {
			s.press(fyne.KeyF)
			for _, r := range words {
				s.typed(r)
			}
			if got := s.window.Canvas().Focused().(*widget.Entry).Text; got != words {
				t.Errorf("on page %s the filter holds %q after %q", page, got, words)
			}
		}
	}
}
