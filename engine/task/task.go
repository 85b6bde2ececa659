package task

import (
	"context"
	"errors"
	"sync"
	"time"

	"berth/engine/fault"
)

// maxLogLines bounds the log kept for one task. A build prints a few thousand lines; what is older falls out.
const maxLogLines = 5000

// Task is one running operation, as its own code sees it. All methods are safe from any goroutine.
type Task struct {
	runner *Runner
	key    string
	cancel context.CancelCauseFunc
	done   chan struct{}

	mu       sync.Mutex // guards everything below
	view     View       // without Steps, Current, Total, Rate, Left
	steps    []*Step
	byID     map[string]*Step
	log      []LogLine
	progress progress
}

// ID is the task's number.
func (t *Task) ID() ID { return t.view.ID } // set once, before the task is shared

// Done is closed when the task is over and its View final.
func (t *Task) Done() <-chan struct{} { return t.done }

// Wait blocks until the task is over and gives its error, or ctx's error if that comes first (the task goes on).
func (t *Task) Wait(ctx context.Context) error {
	select {
	case <-t.done:
		return t.View().Err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Cancel asks the task to end. It returns at once; Done tells when the work has really stopped.
func (t *Task) Cancel() { t.cancel(fault.New(fault.Cancelled, "", "cancelled")) }

// Say sets what the task is doing now; after it is done, this is its result.
func (t *Task) Say(detail string) {
	t.change(func() { t.view.Detail = detail })
}

// SetTitle renames the task, once it knows better what it does.
func (t *Task) SetTitle(title string) {
	t.change(func() { t.view.Title = title })
}

// Log adds a line to the task's log. Secrets never go in here.
func (t *Task) Log(text string) { t.logStep("", text) }

func (t *Task) logStep(step, text string) {
	t.change(func() {
		if len(t.log) >= maxLogLines {
			t.log = append(t.log[:0], t.log[maxLogLines/10:]...)
		}
		t.log = append(t.log, LogLine{Time: t.runner.now(), Step: step, Text: text})
		t.view.LogLines++
	})
}

// Lines gives the log of one step, or of the whole task when step is empty, oldest first.
func (t *Task) Lines(step string) []LogLine {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := make([]LogLine, 0, len(t.log))
	for _, line := range t.log {
		if step == "" || line.Step == step {
			lines = append(lines, line)
		}
	}
	return lines
}

// Step gives the step of that id, made at its first mention, in that order. A label given later replaces an empty one.
func (t *Task) Step(id, label string) *Step {
	t.mu.Lock()
	s, ok := t.byID[id]
	if !ok {
		s = &Step{task: t, weight: 1, view: StepView{ID: id, Label: label, State: StepWaiting}}
		t.byID[id] = s
		t.steps = append(t.steps, s)
	} else if s.view.Label == "" {
		s.view.Label = label
	}
	t.mu.Unlock()
	if !ok {
		t.runner.changed()
	}
	return s
}

// change applies f under the lock and tells the runner.
func (t *Task) change(f func()) {
	t.mu.Lock()
	f()
	t.mu.Unlock()
	t.runner.changed()
}

// View is the task as it stands.
func (t *Task) View() View {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.runner.now()
	v := t.view
	v.Steps = make([]StepView, 0, len(t.steps))
	var last []StepView
	for _, s := range t.steps {
		step := s.view
		if step.State == StepActive {
			step.Rate = s.rate.at(now)
		}
		v.Current += step.Current
		v.Total += max(step.Total, step.Current)
		v.Rate += step.Rate
		if s.last {
			last = append(last, step)
		} else {
			v.Steps = append(v.Steps, step)
		}
	}
	v.Steps = append(v.Steps, last...)
	v.Progress = t.progress.value(t.steps, v.State)
	if !v.State.Over() {
		v.Left = t.progress.left(v.Progress, now.Sub(v.Started))
	}
	return v
}

// finish closes the books: open steps take the task's fate.
func (t *Task) finish(err error) {
	t.mu.Lock()
	now := t.runner.now()
	t.view.Ended, t.view.Err, t.view.State, t.view.LastErr = now, err, Done, nil
	rest := StepDone
	switch {
	case err == nil:
	case errors.Is(err, fault.Cancelled):
		t.view.State, rest = Cancelled, StepStopped
	default:
		t.view.State, rest = Failed, StepFailed
	}
	for _, s := range t.steps {
		switch {
		case s.view.State == StepActive:
			s.view.State, s.view.Ended = rest, now
		case s.view.State == StepWaiting && err != nil:
			s.view.State = StepStopped
		case s.view.State == StepWaiting:
			s.view.State = StepDone
		}
	}
	t.mu.Unlock()
	close(t.done)
	t.runner.changed()
}

// Attempt tells that try n of at most m begins.
func (t *Task) attempt(n, m int) {
	t.change(func() {
		t.view.State, t.view.Attempt, t.view.Attempts, t.view.NextTry = Running, n, m, time.Time{}
	})
}

// waits tells that the last try failed with err and another begins at next.
func (t *Task) waits(err error, next time.Time) {
	t.Log("tried, and will try again: " + err.Error())
	t.change(func() { t.view.State, t.view.LastErr, t.view.NextTry = Waiting, err, next })
}
