package view

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"berth/ui/theme"
	"berth/ui/widget"
)

func TestHoweverAPanelEndsTheTipsAreTheWindowsAgain(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.fill()
	tips := func() *widget.TipLayer { return widget.TopTips(s.window.Canvas()) }
	own := tips()
	if own == nil {
		t.Fatal("the window has no tips")
	}
	closed := func(what string) {
		t.Helper()
		if tips() != own || len(s.open) > 0 || s.window.Canvas().Overlays().Top() != nil {
			t.Errorf("%s: the tips are the window's: %v, %d panels are open, on top is %T", what, tips() == own, len(s.open), s.window.Canvas().Overlays().Top())
			s.Leave()
		}
	}
	for how, end := range map[string]func(){
		"Escape":               func() { s.escape() },
		"a button of the last": func() { s.open[len(s.open)-1].hide() },
		"leaving the window":   s.Leave,
	} {
		for _, panel := range s.panels(t) {
			panel.show()
			if tips() == own {
				t.Errorf("%s shows its tips below itself", panel.name)
			}
			for len(s.open) > 0 {
				end()
			}
			closed(panel.name + ", ended by " + how)
		}
	}
	s.modal(modalOptions{Title: "made, and never shown", Body: container.NewStack()})
	closed("a panel that was never shown")
}

func TestAPanelThatEndsBelowAnotherTakesItAlong(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.fill()
	own, over := widget.TopTips(s.window.Canvas()), ""
	ask := func(name string) *modal {
		s.Confirm(Question{Title: name, Text: "x", Yes: "Yes", No: "No", Over: func() { over += name }})
		return s.open[len(s.open)-1]
	}
	below := ask("a")
	ask("b")
	below.hide()
	if len(s.open) > 0 || widget.TopTips(s.window.Canvas()) != own || s.window.Canvas().Overlays().Top() != nil || over != "ba" {
		t.Errorf("%d panels are open, %q were told of their end, on top is %T", len(s.open), over, s.window.Canvas().Overlays().Top())
	}
	if s.window.Canvas().Focused() != fyne.Focusable(s.sandboxes.table) {
		t.Errorf("the keyboard is with %T", s.window.Canvas().Focused())
	}
}
