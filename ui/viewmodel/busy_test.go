package viewmodel

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"berth/engine"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/ui/uitest"
)

func TestFiveHundredSandboxesThatChangeEverySecondAreShownAsTheyAre(t *testing.T) {
	a := New(newFake())
	states := []sandbox.State{sandbox.Healthy, sandbox.Stopped, sandbox.Exited, sandbox.Paused, sandbox.Starting}
	words := []string{"Healthy", "Stopped", "Exited", "Paused", "Starting · 0 s"}
	told := count(a.Sandboxes.Revision)
	const seconds, many = 30, 500
	for second := range seconds {
		at := now.Add(time.Duration(second) * time.Second)
		all := make([]engine.Sandbox, 0, many)
		for i := range many {
			if (i+second)%50 == 0 {
				continue // removed, and there again a second later
			}
			all = append(all, engine.Sandbox{Name: fmt.Sprintf("s-%03d", i), State: states[(i+second)%len(states)], Since: at, Created: now})
		}
		a.Apply(uitest.Connected(all...), at)
		rows := a.Sandboxes.Rows()
		if len(rows) != len(all) {
			t.Fatalf("second %d: %d rows of %d sandboxes", second, len(rows), len(all))
		}
		for i, row := range rows {
			n := slices.Index(states, all[i].State)
			if row.Name != all[i].Name || row.State != words[n] {
				t.Fatalf("second %d: %s is shown as %s, %q", second, all[i].Name, row.Name, row.State)
			}
		}
	}
	if *told != seconds {
		t.Errorf("the table was told of %d changes in %d seconds", *told, seconds)
	}
}

// The window goes to the tray and comes back while an image is built.
func TestABuildIsShownAsFarAsItIsWhenTheWindowComesBack(t *testing.T) {
	f := newFake()
	a := New(f)
	a.Show(true)
	build := func(progress float64, steps ...task.StepView) engine.Snapshot {
		s := uitest.Connected()
		s.Tasks = []task.View{{ID: 2, Kind: task.Build, Title: "Building x", State: task.Running, Progress: progress, Steps: steps}}
		return s
	}
	a.Apply(build(0.1, task.StepView{ID: "1", Label: "RUN one", State: task.StepActive}), now)
	a.Show(false)
	if slices.ContainsFunc(f.Told, func(s string) bool { return s == "cancel 2" }) {
		t.Error("the build was cancelled with the window")
	}
	a.Apply(build(0.6, task.StepView{ID: "1", Label: "RUN one", State: task.StepDone}, task.StepView{ID: "2", Label: "RUN two", State: task.StepActive}), now.Add(time.Minute))
	a.Show(true)
	wantString(t, a.Bar.Title, "Building x")
	if got := get(a.Bar.Progress); got != 0.6 {
		t.Errorf("it is shown at %v", got)
	}
	s := build(1)
	s.Tasks[0].State, s.Tasks[0].Ended = task.Done, now.Add(2*time.Minute)
	a.Show(false)
	a.Apply(s, now.Add(2*time.Minute))
	a.Show(true)
	if get(a.Bar.Busy) {
		t.Error("a build that ended meanwhile is shown as running")
	}
	wantString(t, a.Activity.Count, "")
}
