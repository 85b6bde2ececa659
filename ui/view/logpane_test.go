package view

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"berth/engine/logs"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// withLog is a window on a log of some lines.
func withLog(t *testing.T, mode theme.Mode, width, height float32) *shell {
	t.Helper()
	s := open(t, mode, width, height)
	s.engine.Ring = logs.NewRing(1000, 1<<20, nil)
	for i := range 60 {
		stream, text := logs.Stdout, fmt.Sprintf("\x1b[32mINFO\x1b[0m  service=server method=GET path=/session/%d request", i)
		switch {
		case i%20 == 7:
			stream, text = logs.Stderr, fmt.Sprintf("\x1b[33mWARN\x1b[0m  provider: rate limited, retrying in %d s", i)
		case i == 30:
			stream, text = logs.Meta, "container restarted"
		case i == 45:
			text = strings.Repeat("a long line that is wrapped or cut ", 20)
		}
		s.engine.Ring.Append(logs.Line{Time: now.Add(time.Duration(i) * 100 * time.Millisecond), Stream: stream, Text: text})
	}
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	return s
}

func TestALogIsSearchedFilteredAndStepped(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := withLog(t, mode, 1280, 800)
		log := s.vm.Detail.Log
		s.press(fyne.KeyF, fyne.KeyModifierShift)
		entry := s.window.Canvas().Focused().(*widget.Entry)
		test.Type(entry, "retrying")
		wantTexts(t, s.Content, "3 of 3")
		s.keep(t, "log-search-"+string(mode))
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
		wantTexts(t, s.Content, "2 of 3")
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		wantTexts(t, s.Content, "1 of 3") // round to the first
		test.Tap(visible(t, s.Content, "Matches"))
		if log.Len() != 3 {
			t.Errorf("%d lines match", log.Len())
		}
		wantTexts(t, s.Content, "3 of 60 lines")
		s.keep(t, "log-matches-"+string(mode))
		test.Tap(visible(t, s.Content, ".*"))
		entry.SetText("retry(ing")
		wantTexts(t, s.Content, "not a regular expression: missing closing )")
		if log.Len() != 3 {
			t.Error("an expression that does not compile changed what is shown")
		}
		if !entry.AlwaysShowValidationError || entry.Validate() == nil {
			t.Error("the field does not look as if something were wrong in it")
		}
		s.keep(t, "log-wrong-"+string(mode))
		entry.SetText("retrying") // what is searched for already
		if entry.AlwaysShowValidationError || entry.Validate() != nil || strings.Contains(texts(s.Content), "not a regular expression") {
			t.Error("the field looks wrong though its text can be used")
		}
		wantTexts(t, s.Content, "3 of 3")
		entry.SetText(`retrying in \d7`)
		wantTexts(t, s.Content, "2 of 2")
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if log.Len() != 60 {
			t.Errorf("without a search %d lines are shown", log.Len())
		}
	}
}

func TestALogIsFilteredByStreamClearedAndKeepsFollowing(t *testing.T) {
	s := withLog(t, theme.Dark, 1280, 800)
	log, pane := s.vm.Detail.Log, s.sandboxes.detail.log
	pane.filter(viewmodel.LogFilter{Streams: []logs.Stream{logs.Stderr}})
	if log.Len() != 3 {
		t.Errorf("%d lines of standard error", log.Len())
	}
	s.engine.Ring.Append(logs.Line{Stream: logs.Stderr, Text: "one more"}, logs.Line{Stream: logs.Stdout, Text: "not this"})
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	if log.Len() != 4 || log.Line(3).Text != "one more" {
		t.Errorf("%d lines, the last %q", log.Len(), log.Line(3).Text)
	}
	pane.filter(viewmodel.LogFilter{})
	s.press(fyne.KeyL)
	if log.Len() != 0 {
		t.Errorf("%d lines after clear", log.Len())
	}
	s.engine.Ring.Append(logs.Line{Stream: logs.Stdout, Text: "new"})
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	if log.Len() != 1 || log.Line(0).Text != "new" {
		t.Errorf("%d lines, %+v", log.Len(), log.Line(0))
	}
	log.ShowCleared()
	if log.Len() != 63 {
		t.Errorf("%d lines brought back", log.Len())
	}
}

func TestTheWayALogIsShownIsRemembered(t *testing.T) {
	s := withLog(t, theme.Light, 1280, 800)
	test.Tap(visible(t, s.Content, "Wrap"))
	s.keep(t, "log-wrap")
	s.press(fyne.KeyEqual)
	s.sandboxes.detail.log.change(func(l *viewmodel.LogLook) { l.Stamps = "utc" })
	if got := s.engine.Saved.Window.Log; !got.Wrap || got.Stamps != "utc" || got.Size != theme.MonoSize+1 {
		t.Errorf("saved %+v", got)
	}
	for range 40 {
		s.press(fyne.KeyMinus)
	}
	if got := s.engine.Saved.Window.Log.Size; got != leastText {
		t.Errorf("the smallest text is %v", got)
	}
}

func TestALineIsShownWhole(t *testing.T) {
	s := withLog(t, theme.Dark, 1280, 800)
	s.sandboxes.detail.log.showLine(widget.LogLine{Seq: 46, Time: now, Text: strings.Repeat("word ", 1000)})
	box := dialogOf(t, s)
	s.keep(t, "log-line")
	test.Tap(visible(t, box, "Copy all"))
	if s.copied != strings.Repeat("word ", 1000) {
		t.Errorf("copied %d letters", len(s.copied))
	}
	test.Tap(visible(t, box, "Close"))
}

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	write := func(text string) func(*bufio.Writer) error {
		return func(out *bufio.Writer) error {
			_, err := out.WriteString(text)
			return err
		}
	}
	if err := replaceFile(path, write("one\ntwo\n")); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(path, func(*bufio.Writer) error { return errors.New("the disk is full") }); err == nil {
		t.Error("a write that fails is no error")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "one\ntwo\n" {
		t.Errorf("what was there is now %q, %v", got, err)
	}
	if info, err := os.Stat(path); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("beside it lies %v, %v", left, err)
	}
	if err := replaceFile(filepath.Join(t.TempDir(), "absent", "x.log"), write("x")); err == nil {
		t.Error("a folder that does not exist is no error")
	}
}

func TestAPlaceForAFileIsCheckedBeforeAnythingIsWritten(t *testing.T) {
	s := withLog(t, theme.Light, 1280, 800)
	dir := t.TempDir()
	there := filepath.Join(dir, "there.log")
	if err := os.WriteFile(there, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.saved = dir
	s.sandboxes.detail.log.saveShown()
	box := dialogOf(t, s)
	name, folder := all[*widget.Entry](box)[0], all[*widget.Entry](box)[1]
	for _, c := range []struct {
		entry      *widget.Entry
		text, says string
	}{
		{name, "", "A file needs a name."},
		{name, "a/b", "The folder goes below."},
		{folder, "relative", "Write the full path of a folder."},
		{folder, filepath.Join(dir, "absent"), "There is no such folder."},
	} {
		before := c.entry.Text
		c.entry.SetText(c.text)
		wantTexts(t, box, c.says)
		if !visible(t, box, "Save").Disabled() {
			t.Errorf("%q can be saved to", c.text)
		}
		c.entry.SetText(before)
	}
	name.SetText("there.log")
	wantTexts(t, box, "It is there already, and will be replaced.")
	s.picture(t, "save")
	if got, _ := os.ReadFile(there); string(got) != "old" {
		t.Fatalf("it is %q before anything was saved", got)
	}
	test.Tap(visible(t, box, "Replace"))
	if got, _ := os.ReadFile(there); !strings.Contains(string(got), "session/59 request") {
		t.Errorf("saved %q", got)
	}
	wantTexts(t, s.Content, "Saved to "+there)
}

func TestEscapeTakesHoldOfTheEndAgain(t *testing.T) {
	s := withLog(t, theme.Light, 1280, 800)
	log := s.sandboxes.detail.log
	log.focusSearch()
	log.search.SetText("session/5 ")
	if log.view.Following() {
		t.Error("a search does not let go of the end")
	}
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if !log.view.Following() || s.window.Canvas().Focused() != fyne.Focusable(log.view) {
		t.Error("Escape in the search does not go back to the end of the log")
	}
	log.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	log.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if !log.view.Following() {
		t.Error("Escape in the log does not go to its end")
	}
}
