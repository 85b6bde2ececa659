package viewmodel

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing"
	"time"

	"fyne.io/fyne/v2/data/binding"
	"fyne.io/fyne/v2/test"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/resources"
	"berth/ui/i18n"
	"berth/ui/uitest"
)

func TestMain(m *testing.M) {
	if err := i18n.Load(resources.Translations, "translations", "en"); err != nil {
		log.Fatal(err)
	}
	app := test.NewApp() // bindings speak through an app
	code := m.Run()
	app.Quit()
	os.Exit(code)
}

func newFake() *uitest.Engine { return uitest.New() }

// count counts how often a binding tells of a change.
func count(item binding.DataItem) *int {
	n := -1 // the first call tells of the listener itself
	item.AddListener(binding.NewDataListener(func() { n++ }))
	return &n
}

func wantString(t *testing.T, b binding.String, want string) {
	t.Helper()
	if got := get(b); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheFirstSandboxIsChosenAndItsLogFollowed(t *testing.T) {
	f := newFake()
	a := New(f)
	a.Show(true)
	a.Apply(uitest.Connected(engine.Sandbox{Name: "default", State: sandbox.Healthy, Version: "1.18.33", Since: now}), now)
	wantString(t, a.Sandboxes.Selected, "default")
	wantString(t, a.Detail.Name, "default")
	wantString(t, a.EngineTitle, "Docker 28.5.2")
	wantString(t, a.EngineDetail, "default · this computer")
	if last := f.Told[len(f.Told)-1]; last != "look true default" {
		t.Errorf("told %q", f.Told)
	}
	if !get(a.Detail.CanOpen) || get(a.Detail.CanStart) || !get(a.Detail.CanStop) {
		t.Error("a healthy sandbox can be opened and stopped, not started")
	}
}

func TestASandboxIsOfferedWhatItsStateLeavesToDo(t *testing.T) {
	for state, can := range map[sandbox.State]struct{ start, stop bool }{
		sandbox.Healthy: {stop: true}, sandbox.Starting: {stop: true}, sandbox.Restarts: {stop: true}, sandbox.Stopped: {start: true},
		sandbox.Exited: {start: true}, sandbox.Paused: {start: true, stop: true}, sandbox.Changing: {},
	} {
		a := New(newFake())
		a.Show(true)
		a.Apply(uitest.Connected(engine.Sandbox{Name: "default", State: state, Since: now}), now)
		if start, stop := get(a.Detail.CanStart), get(a.Detail.CanStop); start != can.start || stop != can.stop {
			t.Errorf("%v: it can be started: %v, stopped: %v", state, start, stop)
		}
	}
}

func TestARowThatActsOtherwiseIsAnother(t *testing.T) {
	row := sandboxRow(engine.Sandbox{Name: "a", State: sandbox.Healthy, Created: now}, now)
	for name, change := range map[string]func(*SandboxRow){
		"its key": func(r *SandboxRow) { r.Key = "b" }, "whether it can be opened": func(r *SandboxRow) { r.CanOpen = false },
		"when it was made": func(r *SandboxRow) { r.Created = now.Add(time.Second) }, "what it is": func(r *SandboxRow) { r.Other = true },
	} {
		other := row
		change(&other)
		if row.equal(other) {
			t.Errorf("%s makes no difference", name)
		}
	}
	if !row.equal(row) {
		t.Error("a row is not equal to itself")
	}
}

func TestTheSameSnapshotTwiceTellsNobody(t *testing.T) {
	a := New(newFake())
	a.Sandboxes.ShowOthers(true)
	s := uitest.Connected(engine.Sandbox{Name: "a", State: sandbox.Healthy, Since: now, Usage: &engine.Usage{CPU: 2, History: []float64{1, 2}}})
	s.Others = []engine.Container{{ID: "1", Name: "postgres", Status: "running", Created: now.Add(-time.Hour)}}
	s.Tasks = []task.View{{ID: 1, Title: "Building x", State: task.Running, Steps: []task.StepView{{ID: "1", State: task.StepActive}}}}
	a.Apply(s, now)
	counts := []*int{
		count(a.Sandboxes.Revision), count(a.Activity.Revision), count(a.Detail.Log.Revision), count(a.Bar.Title), count(a.EngineTitle),
		count(a.Welcome.Revision), count(a.Settings.Revision),
	}
	a.Apply(s, now)
	for i, n := range counts {
		if *n != 0 {
			t.Errorf("binding %d told of %d changes", i, *n)
		}
	}
	s.Sandboxes[0].State = sandbox.Stopped
	a.Apply(s, now)
	if *counts[0] != 1 {
		t.Errorf("the table was told of %d changes, want 1", *counts[0])
	}
}

func TestAChosenSandboxThatVanishesHandsOverToAnother(t *testing.T) {
	a := New(newFake())
	a.Apply(uitest.Connected(engine.Sandbox{Name: "a"}, engine.Sandbox{Name: "b"}), now)
	a.Sandboxes.Select("b")
	a.Apply(uitest.Connected(engine.Sandbox{Name: "a"}), now)
	wantString(t, a.Sandboxes.Selected, "a")
	a.Apply(uitest.Connected(), now)
	wantString(t, a.Sandboxes.Selected, "")
	wantString(t, a.Detail.Name, "")
	if !get(a.Sandboxes.Empty) {
		t.Error("an engine without sandboxes is not shown as empty")
	}
}

func TestNothingIsCalledEmptyBeforeItWasRead(t *testing.T) {
	a := New(newFake())
	s := uitest.Connected()
	s.Listed = false
	a.Apply(s, now)
	if get(a.Sandboxes.Empty) {
		t.Error("empty before the engine's containers were listed")
	}
}

func TestTheFilterNeedsEveryWord(t *testing.T) {
	a := New(newFake())
	a.Apply(uitest.Connected(engine.Sandbox{Name: "portal", State: sandbox.Healthy}, engine.Sandbox{Name: "spike", State: sandbox.Stopped}), now)
	a.Sandboxes.Filter("SPIKE stopped")
	if rows := a.Sandboxes.Rows(); len(rows) != 1 || rows[0].Name != "spike" {
		t.Errorf("rows %+v", rows)
	}
	a.Sandboxes.Filter("nothing")
	if !get(a.Sandboxes.NoMatch) || len(a.Sandboxes.Rows()) != 0 {
		t.Error("no match is not said")
	}
}

func TestTheBarShowsTheBuildRatherThanWhatWaitsForIt(t *testing.T) {
	a := New(newFake())
	s := uitest.Connected()
	s.Tasks = []task.View{
		{ID: 2, Kind: task.Build, Title: "Building x", State: task.Running, Progress: 0.429},
		{ID: 1, Kind: task.Start, Title: "Starting default", State: task.Running},
	}
	a.Apply(s, now)
	wantString(t, a.Bar.Title, "Building x")
	if got := get(a.Bar.Progress); got != 0.42 {
		t.Errorf("progress %v, want whole percents", got)
	}
	wantString(t, a.Activity.Count, "2")
	f := newFake()
	b := New(f)
	b.Apply(s, now)
	b.Bar.Cancel()
	if f.Told[len(f.Told)-1] != "cancel 2" {
		t.Errorf("told %q", f.Told)
	}
}

func TestWithoutAnEngineTheRemedyIsShown(t *testing.T) {
	a := New(newFake())
	trouble := &fault.Error{
		Kind: fault.NotRunning, Why: "nothing listens on /run/x", Remedy: "Start Docker.", Command: "sudo systemctl start docker", Action: fault.StartEngine,
	}
	s := engine.Snapshot{Engine: connect.Status{Phase: connect.Looking, Err: trouble, NextTry: now.Add(1500 * time.Millisecond), Attempts: []connect.Attempt{
		{Endpoint: connect.Endpoint{Name: "default", Host: "unix:///run/x"}, Tried: true, Err: trouble},
		{Endpoint: connect.Endpoint{Name: "lab", Host: "ssh://lab", Source: connect.FromContext}},
		{Endpoint: connect.Endpoint{Name: "Podman", Host: "unix:///run/podman.sock", Source: connect.FromSocket}},
	}}}
	a.Apply(s, now)
	if !get(a.Welcome.Visible) || !get(a.Welcome.CanStart) {
		t.Error("the welcome page does not offer to start the engine")
	}
	wantString(t, a.Welcome.Command, "sudo systemctl start docker")
	wantString(t, a.Welcome.Title, "The engine is installed but not running")
	wantString(t, a.EngineDetail, "looked in 1 place")
	wantString(t, a.Bar.Idle, "Looking again in 2 s")
	if rows := a.Welcome.Attempts(); len(rows) != 2 || rows[0].Words != "nothing listens on /run/x" || rows[1].Words != "not tried: choose it to connect" {
		t.Errorf("attempts %+v", rows)
	}
}

func TestALostEngineKeepsTheTableOnScreen(t *testing.T) {
	a := New(newFake())
	a.Apply(uitest.Connected(engine.Sandbox{Name: "a", State: sandbox.Healthy}), now)
	s := uitest.Connected(engine.Sandbox{Name: "a", State: sandbox.Healthy})
	s.Engine.Phase, s.Listed = connect.Lost, false
	a.Apply(s, now)
	if get(a.Welcome.Visible) || len(a.Sandboxes.Rows()) != 1 {
		t.Error("the table went away with the engine")
	}
	wantString(t, a.EngineTitle, "Engine lost")
}

func TestRefusedSettingsAreSaidAndChangeNothing(t *testing.T) {
	f := newFake()
	f.Refuse = fault.New(fault.BadInput, "settings", "no")
	a := New(f)
	if a.Settings.Change(func(s *config.Settings) { s.Window.Theme = "dark" }) {
		t.Error("a refused change counts as made")
	}
	if got := get(a.Settings.Refused); got.Why != "no" {
		t.Errorf("refused because %+v", got)
	}
	wantString(t, a.Settings.Theme, "system")
	f.Refuse = nil
	if !a.Settings.Change(func(s *config.Settings) { s.Window.Theme = "dark" }) {
		t.Error("a good change is refused")
	}
	if got := get(a.Settings.Refused); got.Why != "" {
		t.Errorf("still refused because %+v", got)
	}
	wantString(t, a.Settings.Theme, "dark")
}

func TestSettingsAreShownAtOnceAndSavedBehindThatOneAtATime(t *testing.T) {
	f := newFake()
	a := New(f)
	var works []func(context.Context) func()
	a.Async = func(work func(context.Context) func()) { works = append(works, work) }
	run := func() {
		work := works[0]
		works = works[1:]
		work(context.Background())()
	}
	a.Settings.Change(func(s *config.Settings) { s.Window.Theme = "dark" })
	a.Settings.Change(func(s *config.Settings) { s.Window.Language = "de" })
	if got := a.Settings.Value().Window; got.Theme != "dark" || got.Language != "de" || f.Saved.Window.Theme != "system" || len(works) != 1 {
		t.Fatalf("shown %+v, saved %+v, %d saves at once", got, f.Saved.Window, len(works))
	}
	wantString(t, a.Settings.Theme, "dark")
	wantString(t, a.Settings.Language, "")
	run()
	run()
	if got := f.Saved.Window; got.Theme != "dark" || got.Language != "de" || len(works) != 0 {
		t.Errorf("saved %+v", got)
	}
	wantString(t, a.Settings.Language, "de")
	f.Refuse = fault.New(fault.DiskFull, "save", "the disk is full")
	a.Settings.Change(func(s *config.Settings) { s.Window.Theme = "light" })
	run()
	wantString(t, a.Settings.Theme, "dark")
	a.Settings.Change(func(s *config.Settings) { s.Window.Theme = "light" })
	f.Refuse = nil
	a.Settings.Flush()
	if f.Saved.Window.Theme != "light" {
		t.Error("what was not saved when the app ended is lost")
	}
}

func TestTheLogIsReadRowByRowFromTheRing(t *testing.T) {
	f := newFake()
	a := New(f)
	a.Apply(uitest.Connected(engine.Sandbox{Name: "a"}), now)
	for i := range 150 { // the ring holds 100
		f.Ring.Append(logs.Line{Text: fmt.Sprint(i), Stream: logs.Stdout})
	}
	told := count(a.Detail.Log.Revision)
	a.Apply(uitest.Connected(engine.Sandbox{Name: "a"}), now)
	if *told != 1 || a.Detail.Log.Len() != 100 {
		t.Fatalf("told %d times, %d rows", *told, a.Detail.Log.Len())
	}
	if first, last := a.Detail.Log.Line(0), a.Detail.Log.Line(99); first.Text != "50" || last.Text != "149" {
		t.Errorf("rows from %q to %q", first.Text, last.Text)
	}
	if beyond := a.Detail.Log.Line(100); beyond.Seq != 0 {
		t.Errorf("a row beyond the end: %+v", beyond)
	}
	wantString(t, a.Detail.Log.Size, "100 lines · "+Memory(a.Detail.Log.bytes))
}

func TestANoticeIsShownOnceAndCanBeDismissed(t *testing.T) {
	a := New(newFake())
	s := uitest.Connected()
	s.Notices = []engine.Notice{{At: now, Text: "Port 4096 is taken"}}
	a.Apply(s, now)
	if got := get(a.Message); got.Text != "Port 4096 is taken" {
		t.Errorf("got %+v", got)
	}
	a.DismissMessage()
	a.Apply(s, now)
	if got := get(a.Message); got.Text != "" {
		t.Errorf("a dismissed notice came back: %+v", got)
	}
}

func TestNumbersInTextsAreComparedAsNumbers(t *testing.T) {
	for _, c := range [][2]string{{"1.18.9", "1.18.33"}, {"127.0.0.1:9000", "127.0.0.1:10000"}, {"", "1"}, {"a2", "a10"}, {"1.2", "1.2.1"}, {"007", "8"}} {
		if CompareNumbers(c[0], c[1]) >= 0 || CompareNumbers(c[1], c[0]) <= 0 || CompareNumbers(c[0], c[0]) != 0 {
			t.Errorf("%q does not come before %q", c[0], c[1])
		}
	}
}

func TestNoNoticeIsLostBehindAnother(t *testing.T) {
	a := New(newFake())
	s := uitest.Connected()
	s.Notices = []engine.Notice{{At: now, Text: "one"}, {At: now.Add(time.Second), Text: "two"}}
	a.Apply(s, now)
	want := func(text string, more int) {
		t.Helper()
		if got := get(a.Message); got.Text != text || got.More != more {
			t.Errorf("%q and %d more, want %q and %d", got.Text, got.More, text, more)
		}
	}
	want("one", 1)
	a.Say("Copied")
	want("Copied", 2)
	a.DismissMessage()
	want("one", 1)
	a.DismissMessage()
	a.Apply(s, now)
	want("two", 0)
	a.DismissMessage()
	want("", 0)
}

func TestTheLastMinutesOfALogGoOn(t *testing.T) {
	f := newFake()
	a := New(f)
	at := now
	a.Now = func() time.Time { return at }
	f.Ring.Append(logs.Line{Time: now.Add(-4 * time.Minute), Text: "old"}, logs.Line{Time: now, Text: "new"})
	s := uitest.Connected(engine.Sandbox{Name: "a", State: sandbox.Healthy})
	a.Apply(s, at)
	a.Detail.Log.Filter(LogFilter{Last: 5 * time.Minute})
	if n := a.Detail.Log.Len(); n != 2 {
		t.Fatalf("%d lines of the last 5 minutes", n)
	}
	told := count(a.Detail.Log.Revision)
	at = now.Add(2 * time.Minute)
	a.Apply(s, at)
	if n := a.Detail.Log.Len(); n != 1 || *told != 1 {
		t.Errorf("%d lines two minutes later, told %d times", n, *told)
	}
	if line := a.Detail.Log.Shown().Line(0); line.Text != "new" {
		t.Errorf("the line is %q", line.Text)
	}
}
