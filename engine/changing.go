package engine

import (
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
	"berth/engine/watch"
)

// changing are the sandboxes that a task of this Berth makes anew just now, and those that any Berth is at work on.
type changing struct{ here, held map[string]bool }

func changingNow(tasks []task.View, containers []watch.Container) changing {
	c := changing{here: map[string]bool{}, held: map[string]bool{}}
	for _, v := range tasks {
		switch v.Kind {
		case task.Edit, task.Update, task.Restore, task.Rollback:
			if !v.State.Over() {
				c.here[v.Subject] = true
			}
		}
	}
	for _, one := range containers {
		if name := one.Labels[volume.LabelLease]; name != "" && one.Status == "running" {
			c.held[name] = true
		}
	}
	return c
}

// state is a sandbox's state in a change: its container does not run, or has not yet, because of it. A backup or a clone holds one
// that is stopped, and does not make it anew.
func (c changing) state(name string, state sandbox.State) sandbox.State {
	switch state {
	case sandbox.Created:
		if c.here[name] || c.held[name] {
			return sandbox.Changing
		}
	case sandbox.Stopped, sandbox.Exited:
		if c.here[name] {
			return sandbox.Changing
		}
	}
	return state
}
