// Package task runs the long operations of the engine, one goroutine each, and says truthfully how far they are.
//
// A Runner owns every task: it starts them, lets them be cancelled, keeps the finished ones as history, and ends and
// waits for all of them on Close. A task reports through *Task and *Step; whoever shows it reads immutable Views. What a
// task does is none of this package's business.
package task

import (
	"sync/atomic"
	"time"
)

// ID numbers a task within one run of the program, from 1.
type ID uint64

// IDs numbers tasks. Runners that share one never give the same number twice, and a later task has a higher one.
type IDs struct{ last atomic.Uint64 }

func (i *IDs) next() ID { return ID(i.last.Add(1)) }

// Kind is what a task does. The window chooses words and icon by it.
type Kind string

// The kinds of task.
const (
	Pull    Kind = "pull"
	Build   Kind = "build"
	Create  Kind = "create"
	Edit    Kind = "edit"
	Start   Kind = "start"
	Stop    Kind = "stop"
	Restart Kind = "restart"
	Remove  Kind = "remove"
	Recover Kind = "recover"
	Prepare Kind = "prepare" // start an engine, install something
	Save    Kind = "save"    // write a log to a file
	Clean   Kind = "clean"   // remove images or rollback points
	Delete  Kind = "delete"  // a sandbox with all that is in it

	Backup   Kind = "backup"
	Restore  Kind = "restore"
	Clone    Kind = "clone" // and import: a sandbox made of another's data
	Update   Kind = "update"
	Rollback Kind = "rollback"
	Repair   Kind = "repair"  // of ownership
	Measure  Kind = "measure" // how much volumes hold
)

// State is where a task stands.
type State string

// The states. Waiting is the pause before another attempt.
const (
	Running   State = "running"
	Waiting   State = "waiting"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Over reports whether the task has ended, well or badly.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// StepState is where one step stands.
type StepState string

// The states of a step. Present means there was nothing to do: a layer already there, a cached build vertex.
const (
	StepWaiting StepState = "waiting"
	StepActive  StepState = "active"
	StepDone    StepState = "done"
	StepPresent StepState = "present"
	StepFailed  StepState = "failed"
	StepStopped StepState = "stopped" // the task ended before the step did
)

// Over reports whether nothing more happens in the step.
func (s StepState) Over() bool { return s != StepWaiting && s != StepActive }

// StepView is one row of a task: an image layer, a build vertex, a volume, the wait for health.
type StepView struct {
	ID      string // unique within the task: a layer id, a vertex digest
	Label   string // "5d0f8e19c2aa", "[fetch 2/4] RUN apt-get update"
	Detail  string // what it is doing, one or two words: "downloading", "extracting · 3 s"
	State   StepState
	Current int64   // bytes; 0 when unknown
	Total   int64   // bytes; 0 when unknown. May appear late and change
	Rate    float64 // bytes a second over the last seconds; 0 when nothing moves
	Started time.Time
	Ended   time.Time
}

// View is what a task looked like at one moment. It shares nothing with the task.
type View struct {
	ID      ID
	Kind    Kind
	Title   string // "Building berth/opencode:1.18.33"
	Subject string // the sandbox's name or image reference it works on
	State   State
	Detail  string // what it is doing now in words; the result once it is Done
	Steps   []StepView

	Progress float64       // 0 to 1, never falls while the task lives
	Current  int64         // bytes over all steps
	Total    int64         // bytes over all steps that know theirs
	Rate     float64       // bytes a second
	Left     time.Duration // estimate of what remains; 0 when there is none

	Attempt  int       // from 1
	Attempts int       // at most; 1 when the task does not retry
	NextTry  time.Time // when State is Waiting
	LastErr  error     // why the last attempt failed, while another goes on

	Started  time.Time
	Ended    time.Time
	Err      error  // why it failed or was cancelled; usually a *fault.Error
	LogLines uint64 // lines written to its log so far
}

// Age is how long the task has run, or ran.
func (v View) Age(now time.Time) time.Duration {
	if !v.Ended.IsZero() {
		now = v.Ended
	}
	return now.Sub(v.Started)
}

// StepsOver counts the steps in which nothing more happens.
func (v View) StepsOver() int {
	n := 0
	for _, s := range v.Steps {
		if s.State.Over() {
			n++
		}
	}
	return n
}

// LogLine is one line a task or one of its steps wrote.
type LogLine struct {
	Time time.Time
	Step string // id of the step; empty for the task itself
	Text string
}
