package view

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/fault"
	"berth/engine/logs"
	"berth/engine/task"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// byCommand says by which command what a button or a line of a menu does can be done from the keyboard, anywhere. "" is for what is a
// part of a panel or a field, or is only shown.
var byCommand = map[string]string{
	"New sandbox": "New sandbox…", "All containers": "Show all containers", "Choose the columns": "Show or hide the column Age", "Start your first sandbox": "New sandbox…",
	"Open": "Open in the browser", "Start": "Start", "Stop": "Stop", "Restart": "Restart", "Edit": "Edit…", "Edit…": "Edit…", "Remove": "Remove…", "Remove…": "Remove…",
	"Copy address": "Copy address", "Save the whole log…": "Save the whole log…", "Details": "Details",
	"The one before  Up": "Match before", "The next one  Enter": "Next match", ".*": "Search by a regular expression, or by words", "Matches": "Show only the matches, or all lines",
	"All streams": "Show output and errors", "Output only": "Show output only", "Errors only": "Show errors only", "All times": "Show lines: All times",
	"Last 5 minutes": "Show lines: Last 5 minutes", "Last hour": "Show lines: Last hour", "Last day": "Show lines: Last day",
	"Local time": "Show the local time of lines", "UTC": "Show the UTC time of lines", "No time": "Show no time of lines",
	"Larger text": "Larger text", "Smaller text": "Smaller text", "Usual size": "Usual size", "Wrap": "Wrap long lines, or cut them", "Following": "Follow the end of the log",
	"Diagnostics": "Diagnostics", "Diagnostics  Ctrl+Shift+D": "Diagnostics", "Copy report": "Copy the diagnostics report", "Save report…": "Save the diagnostics report…",
	"Refresh":   "", // coming to the page does it too
	"Check now": "Check for a newer Berth", "What is new…": "What is new in Berth…",
	"Save": "Save what is shown…", "Save what is shown…": "Save what is shown…", "Copy the chosen text": "Copy the chosen text", "Choose all": "Choose the whole log",
	"Clear": "Clear the log's view", "Show what was cleared": "Show what was cleared", "Copy the line": "Copy the chosen text", "Show the whole line": "Show the line whole",
	"Copy as docker command": "Copy the sandbox as docker command", "Copy all": "Copy all details", "Copy": "Copy all details",
	"All images": "Show all images, or only Berth's", "Pull…": "Pull an image…", "Build": "Build the image", "Rebuild without the cache": "Rebuild the image without the cache",
	"Clean up": "Clean up images…", "Check for a newer one": "Check the chosen image for a newer one", "Pull again": "Pull the chosen image again",
	"Copy reference": "Copy the reference of the chosen image", "Condensed": "Show all steps, or only those that matter", "Clear finished": "Clear finished tasks",
	"Cancel": "Cancel the running task", "Try again": "Try the newest failed task again", "Log": "Show the log of the newest task",
	"Copy what went wrong": "Copy what went wrong in the newest failed task", "Steps": "Activity", "Watch the steps": "Activity", "Bring one back": "Volumes", "Show its steps": "Activity",
	"Look again": "Look for an engine now", "Use": "Use the first engine that answers", "Chosen": "Use the first engine that answers", "Reset": "Reset: Look",
	"Dismiss": "Dismiss the notice", "Start the engine": "Start the engine", "Use another engine…": "Use another engine…", "Add an engine…": "Add an engine…", "Remove it from the list": "", "Show too": "", "Free space": "Images", "Settings": "Settings", "Copy the command": "",
	"Update to ": "Update…", "Update…": "Update…", "Back up…": "Back up…", "Back up now": "Back up now", "Measure": "Measure", "Restore from a file…": "Restore from a file…",
	"Restore…": "Restore from a file…", "Import…": "Import…", "Clone…": "Clone…", "Roll back…": "Roll back…", "Rollback points": "Show rollback points",
	"Provider keys…": "Provider keys…", "New password…": "New password…",
	"Browse files…": "Browse files…", "Repair ownership…": "Repair ownership…", "Delete data…": "Delete data…", "Browse": "Browse files…", "Roll back": "Roll back…", "Restore": "Restore from a file…", "Copy name": "Copy the name of the chosen volume",
	"Bring back with other settings…": "Bring back the sandbox of the chosen volume with other settings…", "Bring back": "Bring back the sandbox of the chosen volume", "Everything else: back up, clone, roll back, remove": "",
}

func (s *shell) titles() []string {
	var titles []string
	for _, c := range s.commands() {
		titles = append(titles, c.title)
	}
	return titles
}

// everything is a window in which all there is to press is there.
func everything(t *testing.T) *shell {
	s := open(t, theme.Dark, 1280, 800)
	s.engine.Listed, s.engine.Kept = someImages, someKept()
	s.engine.Ring.Append(logs.Line{Time: now, Text: "one"})
	broken := healthy("default")
	broken.Err, broken.Failed = &fault.Error{Op: "x", Why: "y", Command: "docker z", Action: fault.FreeSpace}, 2
	snap := uitest.Connected(broken)
	snap.Tasks = []task.View{pulling(), {ID: 2, Title: "x", State: task.Failed, LogLines: 1, Err: &fault.Error{Why: "x", Action: fault.OpenSettings}}}
	snap.Notices = []engine.Notice{{At: now, Text: "x"}}
	s.vm.Apply(snap, now)
	return s
}

func TestWhateverAButtonDoesIsACommandToo(t *testing.T) {
	s := everything(t)
	s.sandboxes.detail.show(3) // its rows are made when somebody looks
	titles := s.titles()
	for _, b := range all[*widget.Button](s.Content) {
		name := b.Text()
		if name == "" {
			name = b.Tip()
		}
		command, known := byCommand[name]
		switch {
		case name == "":
			t.Error("a button has neither words nor a tip")
		case !known:
			t.Errorf("the button %q is in no command: name the command in byCommand", name)
		case command != "" && !slices.Contains(titles, command):
			t.Errorf("there is no command %q for the button %q", command, name)
		}
	}
}

// lines are the words of the menu on top.
func lines(t *testing.T, s *shell) []string {
	t.Helper()
	top := s.window.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("there is no menu")
	}
	var words []string
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *canvas.Text:
			if word, _, _ := strings.Cut(o.Text, "\t"); word != "" {
				words = append(words, word)
			}
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
		case *container.Scroll:
			walk(o.Content)
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				walk(child)
			}
		}
	}
	walk(top)
	s.window.Canvas().Overlays().Remove(top)
	return words
}

func TestWhateverAMenuOffersIsACommandToo(t *testing.T) {
	s := everything(t)
	titles, log := s.titles(), s.sandboxes.detail.log
	log.vm.Clear()
	for name, menu := range map[string]func(){
		"a sandbox": s.sandboxes.table.Menu, "an image": func() { s.vm.Go(viewmodel.ImagesPage); s.images.table.Menu() },
		"a volume": func() { s.vm.Go(viewmodel.VolumesPage); s.volumes.table.Menu() }, "lines": log.chooseLines, "time": log.chooseStamps,
		"save": func() { log.chooseSave(log.wrap) }, "a line": func() { log.menu(widget.LogLine{}, fyne.Position{}) },
	} {
		menu()
		words := lines(t, s)
		if len(words) == 0 {
			t.Errorf("the menu of %s is empty", name)
		}
		for _, word := range words {
			if command, known := byCommand[word]; !known || command != "" && !slices.Contains(titles, command) {
				t.Errorf("the menu of %s offers %q, and there is no command for it in byCommand", name, word)
			}
		}
	}
}

func TestCommandsOfAPageDoWhatItsButtonsDo(t *testing.T) {
	s := everything(t)
	run := func(title string) {
		t.Helper()
		for _, c := range s.commands() {
			if c.title == title {
				if c.can != nil && !c.can() {
					t.Fatalf("%q cannot be done", title)
				}
				c.do()
				return
			}
		}
		t.Fatalf("there is no command %q", title)
	}
	log := s.sandboxes.detail.log
	run("Show errors only")
	run("Show lines: Last hour")
	run("Show the UTC time of lines")
	if f := log.vm.Filtered(); len(f.Streams) != 1 || f.Last == 0 || s.vm.LogLook().Stamps != "utc" {
		t.Errorf("the log is shown as %+v", f)
	}
	run("Show or hide the column Age")
	if !slices.Contains(s.sandboxes.table.HiddenColumns(), "age") || !slices.Contains(s.engine.Saved.Window.Table.Hidden, "age") {
		t.Error("the column is still there")
	}
	run("Show all images, or only Berth's")
	if got := len(s.vm.Images.Rows()); got != 4 {
		t.Errorf("%d images", got)
	}
	run("Try the newest failed task again")
	run("Clear finished tasks")
	if got := strings.Join(s.engine.Told[len(s.engine.Told)-2:], ", "); got != "again 2, forget" {
		t.Errorf("told %q", got)
	}
	run("Copy all details")
	run("Remove the chosen image…")
	run("Reset: Look")
	if s.vm.LogLook().Stamps != "" {
		t.Error("the look was not reset")
	}
}

func TestTheKeysWorkWhereThereIsNoTable(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(engine.Snapshot{Engine: lookingFor()}, now)
	if s.window.Canvas().Focused() != nil {
		t.Fatal("a table that is hidden has the keyboard")
	}
	s.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF1})
	wantTexts(t, dialogOf(t, s), "Shortcuts")
	s.escape()
	s.vm.Apply(uitest.Connected(), now)
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !slices.Contains(s.engine.Told, "start default") {
		t.Errorf("Enter on the empty page: told %q", s.engine.Told)
	}
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	if s.window.Canvas().Focused() != fyne.Focusable(s.sandboxes.table) {
		t.Error("the table does not have the keyboard when it comes")
	}
}

func TestALetterIsMeantForTheChosenRowUnlessSomethingIsTypedInto(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	letter := func() (stopped bool) {
		s.engine.Told = nil
		if to := s.window.Canvas().Focused(); to != nil {
			to.TypedRune('t')
		} else {
			s.window.Canvas().OnTypedRune()('t')
		}
		return slices.Contains(s.engine.Told, "stop default")
	}
	s.window.Canvas().Unfocus() // as by a click beside everything
	if !letter() {
		t.Error("with the keyboard nowhere it does nothing")
	}
	s.window.Canvas().Focus(s.items[viewmodel.SandboxesPage])
	if !letter() {
		t.Error("on the rail it does nothing")
	}
	s.window.Canvas().Focus(s.sandboxes.filter)
	if letter() {
		t.Error("what is typed into the filter stops the sandbox")
	}
	s.window.Canvas().Unfocus()
	s.openShortcuts()
	if s.window.Canvas().Unfocus(); letter() {
		t.Error("behind a panel it stops the sandbox")
	}
}

func TestAnEmptyPageOfImagesStillTakesItsLetters(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.press(fyne.Key2)
	s.window.Canvas().Focused().TypedRune('b')
	if got := s.engine.Told[len(s.engine.Told)-1]; got != "build fresh=false" {
		t.Errorf("told %q", got)
	}
	s.window.Canvas().Focused().TypedRune('p')
	wantTexts(t, dialogOf(t, s), "Pull an image")
}

func TestEverythingOfTheFormIsReachedByTab(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.press(fyne.KeyN)
	first := s.window.Canvas().Focused()
	seen := map[fyne.Focusable]bool{}
	for range 60 {
		now := s.window.Canvas().Focused()
		if e, ok := now.(*widget.Entry); ok && e.AcceptsTab() {
			t.Fatal("an entry keeps Tab for itself")
		}
		seen[now] = true
		s.window.Canvas().FocusNext()
		if s.window.Canvas().Focused() == first {
			break
		}
	}
	for _, e := range all[*widget.Entry](dialogOf(t, s)) {
		if !seen[e] {
			t.Errorf("Tab does not come to the entry %q", e.PlaceHolder+e.Text)
		}
	}
	image := entryWith(t, s, "berth/opencode:1.18.33")
	s.window.Canvas().Focus(image)
	image.SetText("")
	image.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if words := lines(t, s); !slices.Contains(words, "berth/opencode:1.18.33") {
		t.Errorf("Down offers %q", words)
	}
	image.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.window.Canvas().Overlays().Top() != nil {
		t.Error("Escape in the image does not close the form")
	}
}

func TestTabGoesFromAFieldToTheNextAndThenToItsButton(t *testing.T) {
	s := everything(t)
	s.window.Canvas().Focused().TypedRune('b')
	wantTexts(t, dialogOf(t, s), "File name", "Folder")
	fields := all[*widget.Entry](dialogOf(t, s))
	if got := s.window.Canvas().Focused(); got != fyne.Focusable(fields[0]) {
		t.Fatalf("it begins with %v", got)
	}
	s.window.Canvas().FocusNext()
	if got := s.window.Canvas().Focused(); got != fyne.Focusable(fields[1]) {
		t.Errorf("then comes %T and not the folder", got)
	}
	s.window.Canvas().FocusNext()
	if _, ok := s.window.Canvas().Focused().(*widget.Button); !ok {
		t.Errorf("then comes %T and not the folder's button", s.window.Canvas().Focused())
	}
}

func TestAStepOfATaskOpensItsLogByTheKeyboard(t *testing.T) {
	s := everything(t)
	s.vm.Go(viewmodel.ActivityPage)
	step := all[*widget.StepRow](s.activity.content)[0]
	s.window.Canvas().Focus(step)
	step.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	visible(t, dialogOf(t, s), "Copy all")
}

func TestALineOfTheLogIsShownWholeByTheKeyboard(t *testing.T) {
	s := withLog(t, theme.Dark, 1280, 800)
	s.sandboxes.detail.log.view.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	visible(t, dialogOf(t, s), "Copy all")
}

func TestAPanelHasTipsOfItsOwn(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.press(fyne.KeyN)
	if len(all[*widget.TipLayer](dialogOf(t, s))) != 1 {
		t.Error("the form has no place for tips")
	}
}
