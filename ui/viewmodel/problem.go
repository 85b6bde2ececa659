package viewmodel

import (
	"slices"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/task"
)

// Problem is trouble with what can be done about it.
type Problem struct {
	Err     *fault.Error // nil for none
	Sandbox string       // the one it is about; "" for none
	Task    task.ID      // what failed, to be done again; 0 when that cannot be
}

// Equal reports whether two problems read the same: an engine that is tried again fails with a new error each time.
func (p Problem) Equal(o Problem) bool {
	if p.Sandbox != o.Sandbox || p.Task != o.Task {
		return false
	}
	a, b := p.Err, o.Err
	if a == nil || b == nil || a == b {
		return a == b
	}
	return a.Kind == b.Kind && a.Op == b.Op && a.Cause() == b.Cause() && a.Remedy == b.Remedy && a.Command == b.Command && a.Action == b.Action && slices.Equal(a.Log, b.Log)
}

// taskProblem is why a task failed; the zero value when it did not.
func taskProblem(v task.View) Problem {
	if v.State != task.Failed || v.Err == nil {
		return Problem{}
	}
	p := Problem{Err: fault.From("", v.Err), Sandbox: v.Subject}
	if repeatable(v) {
		p.Task = v.ID
	}
	return p
}

// repeatable reports whether the same can be tried once more. What was refused for what it was given would only be refused
// again.
func repeatable(v task.View) bool {
	switch v.State {
	case task.Cancelled:
		return true
	case task.Failed:
		kind := fault.KindOf(v.Err)
		return kind != fault.BadInput && kind != fault.NameTaken
	}
	return false
}

// firstFailure is why the newest command that makes a sandbox failed, when that left none behind that could show it.
func firstFailure(s engine.Snapshot, dismissed task.ID) Problem {
	for _, v := range s.Tasks { // the newest first
		switch v.Kind {
		case task.Start, task.Create, task.Restore, task.Clone:
		default:
			continue
		}
		if v.ID <= dismissed || slices.ContainsFunc(s.Sandboxes, func(one engine.Sandbox) bool { return one.Name == v.Subject }) {
			return Problem{}
		}
		return taskProblem(v)
	}
	return Problem{}
}

// lost is why an engine that was connected is not any more, while there is still something of it to show.
func lost(s engine.Snapshot) Problem {
	if s.Engine.Phase != connect.Lost || s.Engine.Err == nil || len(s.Sandboxes) == 0 {
		return Problem{}
	}
	return Problem{Err: s.Engine.Err}
}
