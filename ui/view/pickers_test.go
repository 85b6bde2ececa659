package view

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
	"berth/ui/widget"
)

// pick presses the button with a folder on it in the dialog that is open, and gives what is shown over the dialog then.
func pick(t *testing.T, s *shell) fyne.CanvasObject {
	t.Helper()
	before := s.window.Canvas().Overlays().Top()
	for _, b := range all[*widget.Button](before) {
		if strings.HasPrefix(b.Tip(), "Choose a f") {
			test.Tap(b)
			over := s.window.Canvas().Overlays().Top()
			if over == before {
				t.Fatal("nothing is shown")
			}
			return over
		}
	}
	t.Fatal("there is no button with a folder on it")
	return nil
}

func TestEveryButtonWithAFolderShowsFilesToChooseFrom(t *testing.T) {
	for name, show := range map[string]func(s *shell){
		"restore":     func(s *shell) { s.restore("", "") },
		"back up":     func(s *shell) { s.backUp("default") },
		"save":        func(s *shell) { s.askPath("default.log", func(string) {}) },
		"new sandbox": func(s *shell) { s.newSandbox() },
	} {
		t.Run(name, func(t *testing.T) {
			s := openKept(t, theme.Dark, 1280, 800)
			show(s)
			panel := s.window.Canvas().Overlays().Top()
			over := pick(t, s)
			if size := over.MinSize(); size.Width > 1280 || size.Height > 800 {
				t.Errorf("it needs %v", size)
			}
			if got := texts(over); !strings.Contains(got, "Cancel") {
				t.Errorf("it shows %q", got)
			}
			s.escape()
			if top := s.window.Canvas().Overlays().Top(); top != panel {
				t.Fatalf("Escape left %T", top)
			}
			pick(t, s)
			for _, b := range all[*fw.Button](s.window.Canvas().Overlays().Top()) {
				if b.Text == "Cancel" {
					test.Tap(b)
				}
			}
			if s.window.Canvas().Overlays().Top() != panel || len(s.open) != 1 {
				t.Fatalf("Cancel left %d panels", len(s.open))
			}
			s.escape()
			if s.window.Canvas().Overlays().Top() != nil || len(s.open) != 0 {
				t.Error("the panel does not close then")
			}
		})
	}
}

func TestThePanelForASaveFindsNoFaultBeforeItHasLooked(t *testing.T) {
	s := openKept(t, theme.Dark, 1280, 800)
	var answers []func()
	s.vm.Async = func(work func(context.Context) func()) { answers = append(answers, work(context.Background())) }
	s.saved = t.TempDir()
	s.askPath("default.log", func(string) {})
	box := dialogOf(t, s)
	if got := texts(box); strings.Contains(got, "Write the full path") || strings.Contains(got, "needs a name") {
		t.Errorf("it says %q of what it put there itself", got)
	}
	for _, answer := range answers {
		answer()
	}
	if visible(t, box, "Save").Disabled() {
		t.Error("nothing can be saved")
	}
}

func TestBackupsAreChosenByTheirWholeNames(t *testing.T) {
	s := openKept(t, theme.Dark, 1280, 800)
	const name = "client-portal-20260303-090000.berth"
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.askBackup(folder, func(string) {})
	need := fyne.MeasureText(name, theme.TextSize, fyne.TextStyle{}).Width
	for _, label := range test.LaidOutObjects(s.window.Canvas().Overlays().Top()) {
		if l, ok := label.(*fw.Label); ok && strings.HasPrefix(name, l.Text) && len(l.Text) > 8 {
			if l.Size().Width < need {
				t.Errorf("%q has %v, and needs %v", l.Text, l.Size().Width, need)
			}
			return
		}
	}
	t.Error("it is not shown")
}
