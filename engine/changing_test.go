package engine

import (
	"testing"
	"time"

	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
	"berth/engine/watch"
)

func TestASandboxThatIsMadeAnewIsShownAsChanging(t *testing.T) {
	lease := watch.Container{Status: "running", Labels: map[string]string{volume.LabelLease: "held"}}
	ended := watch.Container{Status: "exited", Labels: map[string]string{volume.LabelLease: "left"}}
	of := func(kind task.Kind, state task.State, name string) task.View {
		return task.View{Kind: kind, State: state, Subject: name}
	}
	c := changingNow([]task.View{
		of(task.Restore, task.Running, "restored"), of(task.Update, task.Running, "updated"), of(task.Edit, task.Done, "edited"),
		of(task.Backup, task.Running, "backed-up"), of(task.Rollback, task.Waiting, "waits"),
	}, []watch.Container{lease, ended})
	for _, one := range []struct {
		name        string
		state, want sandbox.State
	}{
		{"restored", sandbox.Created, sandbox.Changing},
		{"restored", sandbox.Stopped, sandbox.Changing},
		{"updated", sandbox.Exited, sandbox.Changing},
		{"updated", sandbox.Starting, sandbox.Starting},
		{"updated", sandbox.Healthy, sandbox.Healthy},
		{"edited", sandbox.Stopped, sandbox.Stopped},
		{"backed-up", sandbox.Stopped, sandbox.Stopped},
		{"waits", sandbox.Stopped, sandbox.Changing},
		{"held", sandbox.Created, sandbox.Changing},
		{"held", sandbox.Stopped, sandbox.Stopped},
		{"left", sandbox.Created, sandbox.Created},
	} {
		if got := c.state(one.name, one.state); got != one.want {
			t.Errorf("%s, %s: shown as %s, want %s", one.name, one.state, got, one.want)
		}
	}
}

func TestNoBackupIsDueOfASandboxThatIsMadeAnew(t *testing.T) {
	now := time.Now()
	s := Sandbox{Name: "a", State: sandbox.Healthy, Since: now.Add(-time.Hour)}
	for state, want := range map[sandbox.State]bool{sandbox.Healthy: true, sandbox.Stopped: true, sandbox.Changing: false, sandbox.Created: false} {
		if s.State = state; isDue(s, now.Add(-48*time.Hour), now, 24*time.Hour) != want {
			t.Errorf("%s: due is %v", state, !want)
		}
	}
}

// While a sandbox is set aside, the event of that may come after the new container.
func TestOfTwoContainersOfOneNameTheNewerIsTheSandbox(t *testing.T) {
	made := time.Now()
	of := func(id string, at time.Time) watch.Container {
		return watch.Container{ID: id, Name: sandbox.ContainerName("a"), Sandbox: true, Created: at, Labels: map[string]string{sandbox.LabelName: "a"}}
	}
	before, after := of("before", made), of("after", made.Add(time.Second))
	for _, list := range [][]watch.Container{{before, after}, {after, before}} {
		if all := oneEach(list); len(all) != 1 || all[0].ID != "after" {
			t.Errorf("of %s and %s it is %+v", list[0].ID, list[1].ID, all)
		}
	}
}
