package viewmodel

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"berth/engine"
	"berth/engine/fault"
	"berth/engine/sandbox"
)

func TestStatesAreOrderedByHowMuchTheyNeedAPerson(t *testing.T) {
	var rows []SandboxRow
	add := func(name string, s engine.Sandbox) {
		s.Name = name
		rows = append(rows, sandboxRow(s, now))
	}
	other := func(name, status string, code int) {
		rows = append(rows, otherRow(engine.Container{Name: name, Status: status, ExitCode: code}, now))
	}
	add("absent", engine.Sandbox{State: sandbox.Absent})
	add("away", engine.Sandbox{State: sandbox.Unhealthy, Away: &fault.Error{Why: "gone"}})
	add("changing", engine.Sandbox{State: sandbox.Changing})
	add("created", engine.Sandbox{State: sandbox.Created})
	add("exited", engine.Sandbox{State: sandbox.Exited, Detail: "137: killed"})
	add("healthy", engine.Sandbox{State: sandbox.Healthy})
	add("paused", engine.Sandbox{State: sandbox.Paused})
	add("restarts", engine.Sandbox{State: sandbox.Restarts, Detail: "1"})
	add("starting", engine.Sandbox{State: sandbox.Starting})
	add("stopped", engine.Sandbox{State: sandbox.Stopped})
	add("stopping", engine.Sandbox{State: sandbox.Stopping})
	add("unhealthy", engine.Sandbox{State: sandbox.Unhealthy})
	add("unstartable", engine.Sandbox{State: sandbox.Created, Detail: "the port is taken"})
	other("x-dead", "dead", 1)
	other("x-ended", "exited", 1)
	other("x-running", "running", 0)
	other("x-stopped", "exited", 0)
	slices.SortStableFunc(rows, func(a, b SandboxRow) int { return cmp.Compare(a.Need, b.Need) })
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
	}
	want := "unhealthy exited restarts unstartable paused starting changing stopping healthy x-running x-dead x-ended stopped x-stopped created absent away"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("they stand as\n%s, want\n%s", got, want)
	}
}
