package widget

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

func TestWhatIsTypedReplacesTheDefaultInALineAndNothingLater(t *testing.T) {
	e := NewEntry("")
	e.SetText("sandbox-2")
	w := test.NewTempWindow(t, e)
	w.Canvas().Focus(e)
	typeInto(e, "box")
	if e.Text != "box" {
		t.Errorf("the line says %q", e.Text)
	}
	w.Canvas().Unfocus()
	w.Canvas().Focus(e) // as when the window is left and comes back
	typeInto(e, "es")
	if e.Text != "boxes" {
		t.Errorf("after the keyboard came back it says %q", e.Text)
	}
}

func TestAPressOfTheMousePutsTheCursorInTheMidstOfALine(t *testing.T) {
	e := NewEntry("")
	e.SetText("4096")
	w := test.NewTempWindow(t, e)
	w.Resize(fyne.NewSize(300, 60))
	w.Canvas().Focus(e)
	e.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(200, 12)}, Button: desktop.MouseButtonPrimary})
	e.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	typeInto(e, "1")
	if e.Text != "40961" {
		t.Errorf("the line says %q", e.Text)
	}
}

func TestAHintThatDoesNotFitIsCutAndComesBackWithTheRoom(t *testing.T) {
	const hint = "Rechercher dans le journal, ou une expression entre barres"
	e := NewEntry(hint)
	w := test.NewTempWindow(t, e)
	w.Resize(fyne.NewSize(160, 60))
	if !strings.HasSuffix(e.PlaceHolder, "…") || len(e.PlaceHolder) < 5 || !strings.HasPrefix(hint, strings.TrimSuffix(e.PlaceHolder, "…")) {
		t.Errorf("it says %q", e.PlaceHolder)
	}
	w.Resize(fyne.NewSize(800, 60))
	if e.PlaceHolder != hint {
		t.Errorf("with room it says %q", e.PlaceHolder)
	}
}

func TestSeveralLinesAreNotSelectedAtOnce(t *testing.T) {
	e := NewTextArea("", 2)
	e.SetText("A=1")
	test.NewTempWindow(t, e).Canvas().Focus(e)
	if got := e.SelectedText(); got != "" {
		t.Errorf("%q is selected", got)
	}
}

func TestTheKeyboardStaysInALineWithChoicesAndTheMouseOpensThem(t *testing.T) {
	e := NewChoiceEntry("", []string{"one", "two"})
	w := test.NewTempWindow(t, e)
	if _, is := e.ActionItem.(fyne.Focusable); is {
		t.Error("Tab goes to the mark, where the window's keys are lost")
	}
	test.Tap(e.ActionItem.(fyne.Tappable))
	if w.Canvas().Overlays().Top() == nil {
		t.Error("the mark opens nothing")
	}
}

// typeInto types into the widget with the keyboard.
func typeInto(e *Entry, text string) {
	for _, r := range text {
		e.TypedRune(r)
	}
}
