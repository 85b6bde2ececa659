package view

import (
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

var now = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

// shell is a window on a fake engine.
type shell struct {
	*Shell
	engine *uitest.Engine
	vm     *viewmodel.App
	window fyne.Window
	opened []string
	copied string
}

func open(t *testing.T, mode theme.Mode, width, height float32) *shell {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(mode))
	s := &shell{engine: uitest.New(), window: test.NewTempWindow(t, container.NewStack())}
	s.vm = viewmodel.New(s.engine)
	s.vm.Now = func() time.Time { return now }
	s.vm.PortTaken = func(string) bool { return false }
	s.window.SetPadded(false)
	s.Shell = NewShell(s.vm, s.window, Actions{
		Open: func(name string) { s.opened = append(s.opened, name) }, Copy: func(text string) { s.copied = text }, Version: "1",
	})
	s.window.SetContent(s.Content)
	s.window.Resize(fyne.NewSize(width, height))
	s.Focus()
	return s
}

func healthy(name string) engine.Sandbox {
	return engine.Sandbox{
		Name: name, State: sandbox.Healthy, Since: now.Add(-3 * time.Hour), Created: now.Add(-5 * time.Hour), Version: "1.18.33", Address: "127.0.0.1:4096",
		Usage: &engine.Usage{CPU: 2.1, Memory: 412 << 20, Limit: 4 << 30, History: []float64{1, 4, 2, 8, 3}},
	}
}

// keep compares the window with the golden of that name, and keeps a picture of it for people to look at.
func (s *shell) keep(t *testing.T, name string) {
	t.Helper()
	test.AssertRendersToMarkup(t, name+".xml", s.window.Canvas())
	s.picture(t, name)
}

// picture writes a picture of the window into the folder that BERTH_SCREENSHOTS names.
func (s *shell) picture(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("BERTH_SCREENSHOTS")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := png.Encode(f, s.window.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}

func wantTexts(t *testing.T, o fyne.CanvasObject, want ...string) {
	t.Helper()
	seen := texts(o)
	for _, w := range want {
		if !strings.Contains(seen, w) {
			t.Errorf("%q is not to be seen among\n%s", w, seen)
		}
	}
}

func TestTheHomeShowsTheSandboxesAndTheChosenOnesLog(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		wide := healthy("client-portal")
		wide.Badges = []engine.Badge{{Text: "home folder mounted", Help: "x"}}
		stopped := engine.Sandbox{Name: "old-monorepo", State: sandbox.Stopped, Since: now.Add(-time.Hour), Created: now.Add(-900 * time.Hour)}
		killed := engine.Sandbox{Name: "spike", State: sandbox.Exited, Detail: "137: out of memory", Since: now}
		for i := range 30 {
			s.engine.Ring.Append(logs.Line{Time: now.Add(time.Duration(i) * time.Second), Stream: logs.Stdout, Text: fmt.Sprintf("\x1b[32mINFO\x1b[0m service=server request=%d", i)})
		}
		s.vm.Apply(uitest.Connected(healthy("default"), wide, stopped, killed), now)
		wantTexts(t, s.Content, "default", "client-portal", "Healthy", "Exited 137: out of memory", "Stopped", "127.0.0.1:4096", "412 MiB", "2.1 %",
			"healthy for 3 h · opencode 1.18.33", "Docker 28.5.2", "30 lines")
		visible(t, s.Content, "Open")
		s.keep(t, "home-"+string(mode))
	}
}

func TestEveryActionOnASandboxHasItsButtonAndItsKey(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	test.Tap(visible(t, s.Content, "Stop"))
	test.Tap(visible(t, s.Content, "Restart"))
	test.Tap(visible(t, s.Content, "Open"))
	s.vm.Apply(uitest.Connected(engine.Sandbox{Name: "default", State: sandbox.Stopped}), now)
	test.Tap(visible(t, s.Content, "Start"))
	press := func(keys string) {
		for _, key := range keys {
			s.window.Canvas().Focused().TypedRune(key)
		}
		s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	press("strO") // only Start can be done now
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	press("strO")
	told := slices.DeleteFunc(slices.Clone(s.engine.Told), func(x string) bool { return strings.HasPrefix(x, "look") })
	if got, want := strings.Join(told, ", "), "stop default, restart default, start default, start default, stop default, restart default"; got != want {
		t.Errorf("the engine was told %q, want %q", got, want)
	}
	if got := strings.Join(s.opened, ", "); got != "default, default, default" {
		t.Errorf("opened %q", got)
	}
}

// dialogOf gives the topmost dialog's content.
func dialogOf(t *testing.T, s *shell) fyne.CanvasObject {
	t.Helper()
	top := s.window.Canvas().Overlays().Top()
	if top == nil {
		t.Fatal("no dialog is open")
	}
	return top
}

func TestRemoveNeedsTheNameToBeTyped(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	box := dialogOf(t, s)
	wantTexts(t, box, "The volumes stay")
	entry := s.window.Canvas().Focused().(*widget.Entry)
	accept := visible(t, box, "Remove")
	test.Tap(accept)
	test.Type(entry, "defaul")
	test.Tap(accept)
	if slices.Contains(s.engine.Told, "remove default") {
		t.Fatal("it was removed without its name")
	}
	test.Type(entry, "t")
	s.keep(t, "remove")
	test.Tap(accept)
	if !slices.Contains(s.engine.Told, "remove default") {
		t.Errorf("told %q", s.engine.Told)
	}
	if s.window.Canvas().Overlays().Top() != nil {
		t.Error("the dialog stays open")
	}
}

func TestWithoutAnEngineThereIsTheRemedyAndItsButton(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		trouble := &fault.Error{Kind: fault.NotRunning, Why: "nothing listens on /run/x", Remedy: "Start Docker.", Command: "sudo systemctl start docker", Action: fault.StartEngine}
		s.vm.Apply(engine.Snapshot{Engine: connect.Status{Phase: connect.Looking, Err: trouble, NextTry: now.Add(time.Second), Attempts: []connect.Attempt{
			{Endpoint: connect.Endpoint{Name: "default", Host: "unix:///var/run/docker.sock"}, Tried: true, Err: trouble},
			{Endpoint: connect.Endpoint{Name: "lab", Host: "ssh://lab", Source: connect.FromContext}},
		}}}, now)
		wantTexts(t, s.Content, "The engine is installed but not running", "unix:///var/run/docker.sock", "sudo systemctl start docker", "No engine")
		test.Tap(visible(t, s.Content, "Start the engine"))
		test.Tap(visible(t, s.Content, "Try again"))
		if told := strings.Join(s.engine.Told, ", "); !strings.Contains(told, "start engine") || !strings.Contains(told, "look again") {
			t.Errorf("told %q", told)
		}
		s.keep(t, "welcome-"+string(mode))
		test.Tap(visible(t, s.Content, "Use another engine…"))
		wantTexts(t, s.Content, "Settings", "lab")
	}
}

func TestAnEmptyEngineOffersTheFirstSandbox(t *testing.T) {
	s := open(t, theme.Light, 1280, 800)
	s.vm.Apply(uitest.Connected(), now)
	test.Tap(visible(t, s.Content, "Start your first sandbox"))
	if !slices.Contains(s.engine.Told, "start default") {
		t.Errorf("told %q", s.engine.Told)
	}
	s.keep(t, "empty")
	busy := uitest.Connected()
	busy.Tasks = []task.View{{ID: 1, Kind: task.Build, Title: "Building x", State: task.Running}}
	s.vm.Apply(busy, now)
	test.Tap(visible(t, s.Content, "Watch the steps"))
	wantTexts(t, s.Content, "Activity", "Building x")
}

// pulling is a pull under way, some steps in each state.
func pulling() task.View {
	return task.View{
		ID: 3, Kind: task.Pull, Title: "Pulling ghcr.io/anomalyco/opencode:1.18.33", State: task.Running, Attempt: 2, Attempts: 5,
		Started: now.Add(-time.Minute), Progress: 0.58, Current: 168e6, Total: 291e6, Rate: 14e6, Left: 9 * time.Second, LogLines: 3,
		Steps: []task.StepView{
			{ID: "3f2be7802d94", Label: "3f2be7802d94", State: task.StepDone, Detail: "done", Current: 93.3e6, Total: 93.3e6},
			{ID: "a8c1e0457b21", Label: "a8c1e0457b21", State: task.StepPresent, Detail: "already present"},
			{ID: "5d0f8e19c2aa", Label: "5d0f8e19c2aa", State: task.StepActive, Detail: "downloading", Current: 44.1e6, Total: 62e6, Rate: 11e6, Started: now},
			{ID: "77aa03be5c10", Label: "77aa03be5c10", State: task.StepWaiting, Detail: "waiting", Total: 1.2e6},
		},
	}
}

func TestActivityShowsStepsAndLetsThemBeCancelledAndRepeated(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		snap := uitest.Connected(healthy("default"))
		snap.Tasks = []task.View{
			pulling(),
			{
				ID: 2, Title: "Pulling registry.example.com/opencode:team", State: task.Failed, Started: now.Add(-time.Hour), Ended: now.Add(-time.Hour + time.Second),
				Err: fault.New(fault.Unauthorized, "pull", "no credentials for registry.example.com"),
			},
			{ID: 1, Title: "Starting default", State: task.Done, Detail: "opencode 1.18.33 is ready", Started: now.Add(-2 * time.Hour), Ended: now.Add(-2*time.Hour + 4*time.Second)},
		}
		s.vm.Apply(snap, now)
		s.vm.Go(viewmodel.ActivityPage)
		wantTexts(t, s.Content, "Pulling ghcr.io/anomalyco/opencode:1.18.33", "attempt 2 of 5", "58 % · 168 of 291 MB · 14 MB/s · 9 s left",
			"44.1 of 62 MB · 11 MB/s", "already present", "no credentials for registry.example.com", "today 14:00 · 1.0 s")
		s.keep(t, "activity-"+string(mode))
		test.Tap(visible(t, s.Content, "Cancel"))
		test.Tap(visible(t, s.Content, "Try again"))
		test.Tap(visible(t, s.Content, "Clear finished"))
		if got := strings.Join(s.engine.Told[len(s.engine.Told)-3:], ", "); got != "cancel 3, again 2, forget" {
			t.Errorf("told %q", got)
		}
		test.Tap(visible(t, s.Content, "Log"))
		visible(t, dialogOf(t, s), "Copy all")
		test.Tap(visible(t, dialogOf(t, s), "Copy all"))
		if s.copied != "one\ntwo\n" {
			t.Errorf("copied %q", s.copied)
		}
	}
}

func TestAFailedStartSaysWhyAndOffersAnother(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	broken := engine.Sandbox{Name: "default", State: sandbox.Exited, Detail: "1", Failed: 7, Err: &fault.Error{
		Kind: fault.NotWritable, Op: "start sandbox default", Why: "opencode ended with 1 after 0.4 s", Remedy: "Give the volume to the user 1000.",
		Command: "sudo chown 1000 /srv/x", Log: []string{"EACCES: permission denied"},
	}}
	s.vm.Apply(uitest.Connected(broken), now)
	wantTexts(t, s.Content, "Start sandbox default: opencode ended with 1 after 0.4 s", "Give the volume to the user 1000.", "sudo chown 1000 /srv/x", "EACCES: permission denied")
	s.keep(t, "problem")
	test.Tap(visible(t, s.Content, "Try again"))
	test.Tap(visible(t, s.Content, "Copy"))
	if s.engine.Told[len(s.engine.Told)-1] != "again 7" || !strings.Contains(s.copied, "EACCES") {
		t.Errorf("told %q, copied %q", s.engine.Told, s.copied)
	}
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	if strings.Contains(texts(s.Content), "EACCES") {
		t.Error("the error stays when it is over")
	}
}

func TestAFilterThatMatchesNothingSaysSo(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.sandboxes.filter.SetText("nothing")
	wantTexts(t, s.Content, "No sandbox matches the filter")
	s.sandboxes.filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if strings.Contains(texts(s.Content), "No sandbox matches") || s.window.Canvas().Focused() != s.sandboxes.table {
		t.Error("Escape does not clear the filter")
	}
}

func TestSettingsAreAppliedAtOnce(t *testing.T) {
	s := open(t, theme.Light, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	s.vm.Go(viewmodel.SettingsPage)
	page := s.pages[viewmodel.SettingsPage]
	selects, checks, entries := all[*widget.Select](page), all[*widget.Check](page), all[*widget.Entry](page)
	set := func(option, choice string) {
		t.Helper()
		for _, one := range selects {
			if slices.Contains(one.Options, choice) {
				one.SetSelected(choice)
				return
			}
		}
		t.Fatalf("there is no choice of %s", option)
	}
	set("theme", "Dark")
	set("source", "Pull it")
	checks[slices.IndexFunc(checks, func(c *widget.Check) bool { return strings.HasPrefix(c.Text, "Wrap") })].SetChecked(true)
	memory := entries[slices.IndexFunc(entries, func(e *widget.Entry) bool { return e.Text == "4 GiB" })]
	memory.SetText("10 MB")
	wantTexts(t, page, "opencode needs at least 512 MiB.")
	memory.FocusLost()
	if s.engine.Saved.Sandbox.Memory != "4g" {
		t.Errorf("a memory of 10 MB was saved: %+v", s.engine.Saved.Sandbox)
	}
	memory.SetText("6 GiB")
	memory.FocusLost()
	saved := s.engine.Saved
	if saved.Window.Theme != "dark" || saved.Image.Source != "pull" || len(saved.Image.References) == 0 || saved.Sandbox.Memory != "6g" || !saved.Window.Log.Wrap {
		t.Errorf("saved %+v", saved)
	}
	for _, b := range all[*widget.Button](page) {
		if b.Text() == "Reset" {
			test.Tap(b)
		}
	}
	if saved := s.engine.Saved; saved.Sandbox.Memory != "4g" || saved.Window.Theme != "system" || saved.Image.Source != "build" {
		t.Errorf("after the reset %+v", saved)
	}
	s.keep(t, "settings")
}

func TestNothingOverlapsInASmallWindow(t *testing.T) {
	s := open(t, theme.Dark, 900, 560)
	snap := uitest.Connected(healthy("default"), healthy("a-rather-long-name-of-a-sandbox-with-much"))
	snap.Tasks = []task.View{pulling()}
	s.vm.Apply(snap, now)
	if least := s.Content.MinSize(); least.Width > 900 || least.Height > 560 {
		t.Errorf("the window needs %v", least)
	}
	s.keep(t, "small")
	long := strings.Repeat("a very long reason ", 60)
	wait := pulling()
	wait.State, wait.LastErr, wait.Title = task.Waiting, errors.New(long), long
	other := wait
	other.ID++
	snap.Tasks = []task.View{other, wait}
	snap.Sandboxes[0].Err = &fault.Error{Op: long, Why: long, Remedy: long, Log: []string{long}}
	snap.Notices = []engine.Notice{{At: now, Text: long}}
	s.vm.Apply(snap, now)
	for _, page := range []viewmodel.Page{viewmodel.SandboxesPage, viewmodel.ImagesPage, viewmodel.VolumesPage, viewmodel.ActivityPage, viewmodel.SettingsPage} {
		s.vm.Go(page)
		if least := s.Content.MinSize(); least.Width > 900 || least.Height > 560 {
			t.Errorf("with long words the page %s needs %v", page, least)
		}
	}
	s.vm.Apply(engine.Snapshot{Engine: connect.Status{Phase: connect.Looking, Err: &fault.Error{Kind: fault.NotRunning, Why: long, Remedy: long, Command: long}}}, now)
	s.vm.Go(viewmodel.SandboxesPage)
	if least := s.Content.MinSize(); least.Width > 900 || least.Height > 560 {
		t.Errorf("with long words the welcome needs %v", least)
	}
	s.vm.Apply(snap, now)
	s.vm.Go(viewmodel.ActivityPage)
	settle(s.Content)
	s.keep(t, "small-activity")
}
