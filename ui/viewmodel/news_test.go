package viewmodel

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// desk is a news desk with a clock of its own.
type desk struct {
	NewsDesk
	t     *testing.T
	s     engine.Snapshot
	now   time.Time
	front bool
	off   NewsKind
	told  []string
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, now: time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)}
	d.s.Engine.Phase, d.s.Listed = connect.Connected, true
	d.look()
	return d
}

func (d *desk) look() {
	for _, one := range d.Look(d.s, d.now, d.front, func(kind NewsKind) bool { return kind != d.off }) {
		d.told = append(d.told, one.Title+": "+one.Text)
	}
}

// later lets time pass and looks again.
func (d *desk) later(passed time.Duration) {
	d.now = d.now.Add(passed)
	d.look()
}

// ended adds a task that is over.
func (d *desk) ended(kind task.Kind, title, subject string, err error) {
	v := task.View{ID: task.ID(len(d.s.Tasks) + 1), Kind: kind, Title: title, Subject: subject, State: task.Done, Detail: "ready", Started: d.now, Ended: d.now, Err: err}
	if err != nil {
		v.State = task.Failed
	}
	if errors.Is(err, fault.Cancelled) {
		v.State = task.Cancelled
	}
	d.s.Tasks = append([]task.View{v}, d.s.Tasks...)
}

// is puts a sandbox into a state.
func (d *desk) is(name string, state sandbox.State, detail string) {
	one := engine.Sandbox{Name: name, ContainerID: "id-" + name, State: state, Detail: detail, Since: d.now}
	for i := range d.s.Sandboxes {
		if d.s.Sandboxes[i].Name == name {
			d.s.Sandboxes[i] = one
			return
		}
	}
	d.s.Sandboxes = append(d.s.Sandboxes, one)
}

func (d *desk) want(told ...string) {
	d.t.Helper()
	if diff := cmp.Diff(told, d.told); diff != "" {
		d.t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestATaskThatEndsBehindTheWindowIsTold(t *testing.T) {
	d := newDesk(t)
	d.ended(task.Backup, "Backing up portal", "portal", nil)
	d.look()
	d.later(time.Minute) // once
	d.ended(task.Start, "Starting portal", "portal", &fault.Error{Kind: fault.PortInUse, Why: "port 4096 is taken", Remedy: "Choose another port."})
	d.look()
	d.later(time.Minute)
	d.ended(task.Stop, "Stopping portal", "portal", fault.New(fault.Cancelled, "", "cancelled")) // a person did that
	d.look()
	d.want("Backing up portal: done: ready", "Starting portal: failed: Port 4096 is taken\nChoose another port.")
}

func TestWhatIsSeenInTheWindowIsNoNewsAfterwards(t *testing.T) {
	d := newDesk(t)
	d.is("portal", sandbox.Healthy, "")
	d.look()
	d.front = true
	d.ended(task.Backup, "Backing up portal", "portal", nil)
	d.is("portal", sandbox.Exited, "137: killed")
	d.Newer("2.0.0")
	d.look()
	d.front = false
	d.later(time.Minute)
	d.want()
}

func TestWhatWasThereAtTheStartIsNoNews(t *testing.T) {
	d := &desk{t: t, now: time.Unix(1e9, 0)}
	d.look() // no engine yet
	d.s.Engine.Phase, d.s.Listed = connect.Connected, true
	d.is("portal", sandbox.Exited, "137: killed")
	d.look()
	d.later(time.Minute)
	d.want()
}

func TestWhatIsHeldBackIsSummedUpInTheNext(t *testing.T) {
	d := newDesk(t)
	d.ended(task.Backup, "Backing up one", "one", nil)
	d.look()
	for _, name := range []string{"two", "three", "four", "five", "six"} {
		d.ended(task.Backup, "Backing up "+name, name, nil)
		d.later(time.Second)
	}
	d.ended(task.Start, "Starting seven", "seven", errors.New("no"))
	d.ended(task.Start, "Starting eight", "eight", errors.New("no"))
	d.later(newsPause - 6*time.Second)
	d.want("Backing up one: done: ready")
	d.later(time.Second)
	d.want("Backing up one: done: ready",
		"2 tasks failed · 5 tasks done: Starting seven: failed\nStarting eight: failed\nBacking up two: done\nBacking up three: done\nand 3 more")
	d.later(time.Hour)
	if len(d.told) != 2 {
		t.Errorf("told %q", d.told)
	}
}

func TestEachKindCanBeTurnedOff(t *testing.T) {
	for off, want := range map[NewsKind]string{"": "trouble tasks updates", TaskNews: "trouble updates", TroubleNews: "tasks updates", UpdateNews: "trouble tasks"} {
		d := newDesk(t)
		d.is("portal", sandbox.Healthy, "")
		d.look()
		d.is("portal", sandbox.Exited, "1")
		d.ended(task.Backup, "Backing up portal", "portal", nil)
		d.Newer("2.0.0")
		d.now = d.now.Add(newsPause) // news of updates wait for the start to be over
		n := config.Notify{Tasks: off != TaskNews, Trouble: off != TroubleNews, Updates: off != UpdateNews}
		var kinds []string
		for _, one := range d.Look(d.s, d.now, false, func(kind NewsKind) bool { return Wants(n, kind) }) {
			kinds = append(kinds, string(one.Kind))
		}
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("without %q: %s", off, got)
		}
	}
}

func TestTheImageOfAStartIsNotToldBesideTheStart(t *testing.T) {
	d := newDesk(t)
	start := task.View{ID: 1, Kind: task.Start, Title: "Starting portal", Subject: "portal", State: task.Running, Started: d.now}
	d.s.Tasks = []task.View{start}
	d.ended(task.Build, "Building berth/opencode:1", "berth/opencode:1", nil)
	d.look()
	d.want()
	d.now = d.now.Add(time.Second)
	d.s.Tasks[1].State, d.s.Tasks[1].Ended = task.Done, d.now
	d.look()
	d.later(time.Minute)
	d.ended(task.Build, "Building berth/opencode:2", "berth/opencode:2", nil) // asked for on its own
	d.look()
	d.want("Starting portal: done: ", "Building berth/opencode:2: done: ready")
}

func TestASandboxThatEndsByItselfIsTold(t *testing.T) {
	d := newDesk(t)
	d.is("portal", sandbox.Healthy, "")
	d.look()
	d.is("portal", sandbox.Exited, "137: out of memory")
	d.look()
	d.later(time.Minute)
	d.want("portal has ended: Exited 137: out of memory. What is in its volumes is kept.")
}

func TestOfASandboxOnlyTheNewestTroubleIsTold(t *testing.T) {
	d := newDesk(t)
	d.is("portal", sandbox.Healthy, "")
	d.is("notes", sandbox.Healthy, "")
	d.look()
	d.is("portal", sandbox.Unhealthy, "its configuration is broken")
	d.look()
	d.want("portal is unhealthy: Its configuration is broken")
	d.is("portal", sandbox.Healthy, "")
	d.later(time.Second)
	d.is("portal", sandbox.Unhealthy, "no answer in time")
	d.later(time.Second)
	d.is("portal", sandbox.Exited, "1")
	d.is("notes", sandbox.Exited, "2")
	d.later(time.Second)
	d.later(newsPause)
	if len(d.told) != 2 || d.told[1] != "2 sandboxes are in trouble: portal has ended\nnotes has ended" {
		t.Errorf("told %q", d.told)
	}
}

// outdated puts a sandbox there that runs an opencode of before.
func (d *desk) outdated(name, update string) {
	d.is(name, sandbox.Healthy, "")
	for i := range d.s.Sandboxes {
		if d.s.Sandboxes[i].Name == name {
			d.s.Sandboxes[i].Version, d.s.Sandboxes[i].Update = "1.17.9", update
		}
	}
}

// A newer Berth brings a newer opencode, and its first snapshot has it.
func TestASandboxThatCanBeUpdatedIsToldOnceForEachVersion(t *testing.T) {
	d := &desk{t: t, now: time.Unix(1e9, 0)}
	d.look() // no engine yet
	d.s.Engine.Phase, d.s.Listed = connect.Connected, true
	d.outdated("portal", "1.18.33")
	d.look()
	d.want() // the window may be about to come
	d.later(newsPause)
	d.later(time.Hour)
	d.want("portal can be updated to opencode 1.18.33: It runs opencode 1.17.9.")

	// The next run, with another outdated sandbox and a newer Berth.
	next := &desk{t: t, s: d.s, now: d.now}
	next.Told = d.Told
	next.look()
	next.outdated("notes", "1.18.33")
	next.later(newsPause)
	next.later(time.Hour)
	next.want("notes can be updated to opencode 1.18.33: It runs opencode 1.17.9.")
	next.outdated("portal", "1.19.0")
	next.outdated("notes", "1.19.0")
	next.Newer("2.0.0")
	next.later(time.Hour)
	if len(next.told) != 2 || next.told[1] != "Berth 2.0.0 is available · 2 sandboxes can be updated: Berth 2.0.0 is available\n"+
		"notes can be updated to opencode 1.19.0\nportal can be updated to opencode 1.19.0" {
		t.Errorf("told %q", next.told)
	}
	if diff := cmp.Diff(map[string]string{"portal": "1.19.0", "notes": "1.19.0"}, next.Told); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if len(d.Told) != 1 {
		t.Errorf("what was kept before is changed: %v", d.Told)
	}
}

func TestWhatACommandStopsIsNoTrouble(t *testing.T) {
	for _, kind := range []task.Kind{task.Stop, task.Restart, task.Remove, task.Delete, task.Edit, task.Update, task.Rollback, task.Restore} {
		d := newDesk(t)
		d.off = TaskNews
		d.is("portal", sandbox.Healthy, "")
		d.look()
		d.s.Tasks = []task.View{{ID: 1, Kind: kind, Subject: "portal", State: task.Running, Started: d.now}}
		d.is("portal", sandbox.Exited, "137: killed") // it did not follow the signal
		d.later(time.Second)
		d.s.Tasks[0].State, d.s.Tasks[0].Ended = task.Done, d.now
		d.later(time.Minute)
		d.want()
	}
	// The engine may tell of the end after the command.
	d := newDesk(t)
	d.off = TaskNews
	d.is("portal", sandbox.Healthy, "")
	d.look()
	d.ended(task.Stop, "Stopping portal", "portal", nil)
	d.later(time.Second)
	d.is("portal", sandbox.Exited, "137: killed")
	d.later(time.Second)
	d.want()
	// A backup stops nothing, nor does the removal of a rollback point: what ends meanwhile ended by itself.
	for _, kind := range []task.Kind{task.Backup, task.Clean} {
		d := newDesk(t)
		d.off = TaskNews
		d.is("portal", sandbox.Healthy, "")
		d.look()
		d.s.Tasks = []task.View{{ID: 2, Kind: kind, Subject: "portal", State: task.Running, Started: d.now}}
		d.is("portal", sandbox.Exited, "1")
		d.later(time.Second)
		d.want("portal has ended: Exited 1. What is in its volumes is kept.")
	}
}

func TestASandboxThatTheEngineStartsAgainIsToldOnceUntilItIsHealthy(t *testing.T) {
	d := newDesk(t)
	d.is("portal", sandbox.Healthy, "")
	d.look()
	for range 5 {
		d.is("portal", sandbox.Restarts, "1")
		d.later(time.Minute)
		d.is("portal", sandbox.Starting, "")
		d.later(time.Minute)
	}
	d.want("portal ended and is started again: Restarting after 1")
	d.is("portal", sandbox.Healthy, "")
	d.later(time.Minute)
	d.is("portal", sandbox.Starting, "") // nobody saw it gone
	d.later(time.Minute)
	d.want("portal ended and is started again: Restarting after 1", "portal ended and is started again: It was not Berth that did so.")
}

func TestAnEngineThatWasAwayIsNotTheSandboxesTrouble(t *testing.T) {
	d := newDesk(t)
	d.is("portal", sandbox.Healthy, "")
	d.is("notes", sandbox.Healthy, "")
	d.look()
	d.s.Engine.Phase = connect.Lost
	d.is("portal", sandbox.Unhealthy, "refused")
	d.later(time.Minute)
	d.want()
	d.s.Engine.Phase = connect.Connected
	d.is("portal", sandbox.Starting, "")
	d.is("notes", sandbox.Exited, "137: killed") // but that one did not come back
	d.later(time.Minute)
	d.want("notes has ended: Exited 137: killed. What is in its volumes is kept.")
}

// Each engine comes and goes on its own: while one is away, what happens on the others is told, and what comes back with it is not.
func TestOfSeveralEnginesEachIsAwayForItself(t *testing.T) {
	for _, away := range []string{"the first", "the further"} {
		t.Run(away, func(t *testing.T) {
			d := newDesk(t)
			d.s.Engine.Endpoint.Name = "default"
			d.s.Also = []engine.Member{{Name: "lab", Status: connect.Status{Phase: connect.Connected}, Listed: true}}
			of := map[string]string{"portal": "default", "notes@lab": "lab"}
			set := func(name string, state sandbox.State, detail string) {
				d.is(name, state, detail)
				for i, one := range d.s.Sandboxes {
					d.s.Sandboxes[i].Engine = of[one.Name]
				}
			}
			goes, stays := "portal", "notes@lab"
			phase, listed := &d.s.Engine.Phase, &d.s.Listed
			if away == "the further" {
				goes, stays = stays, goes
				phase, listed = &d.s.Also[0].Status.Phase, &d.s.Also[0].Listed
			}
			set(goes, sandbox.Healthy, "")
			set(stays, sandbox.Healthy, "")
			d.look()
			*phase, *listed = connect.Lost, false
			set(goes, sandbox.Unhealthy, "refused")
			d.later(time.Minute)
			d.want()
			set(stays, sandbox.Exited, "1")
			d.later(time.Minute)
			d.want(stays + " has ended: Exited 1. What is in its volumes is kept.")
			*phase = connect.Connected // what is known of it is still from before
			d.later(time.Minute)
			*listed = true
			set(goes, sandbox.Starting, "") // its restart policy brought it back with the engine
			d.later(time.Minute)
			set(goes, sandbox.Healthy, "")
			d.later(time.Minute)
			d.want(stays + " has ended: Exited 1. What is in its volumes is kept.")
			set(goes, sandbox.Starting, "") // and that was not the engine
			d.later(time.Minute)
			d.want(stays+" has ended: Exited 1. What is in its volumes is kept.", goes+" ended and is started again: It was not Berth that did so.")
		})
	}
}

func TestASandboxOfAnotherEngineWithTheSameNameIsAnother(t *testing.T) {
	d := newDesk(t)
	d.is("portal", sandbox.Healthy, "")
	d.look()
	d.is("portal", sandbox.Exited, "1")
	d.s.Sandboxes[0].ContainerID = "elsewhere"
	d.look()
	d.want()
}

func TestTextsFromOutsideCannotAct(t *testing.T) {
	d := newDesk(t)
	d.ended(task.Start, "Starting portal", "portal", errors.New("a\x1b[31mred\x00 \u202eline\nand <b>another</b>\t"+strings.Repeat("x", 5000)))
	d.look()
	if len(d.told) != 1 || strings.ContainsAny(d.told[0], "\x1b\x00\n\t\u202e") || len(d.told[0]) > 300 {
		t.Errorf("told %q", d.told)
	}
}
