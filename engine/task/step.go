package task

import "time"

// Step is one row of a task, as the code that does the work sees it. All methods are safe from any goroutine, and a step
// may be started again by another attempt.
type Step struct {
	task   *Task
	view   StepView // guarded by task.mu
	weight float64  // guarded by task.mu; share of the task's progress relative to its other steps
	rate   rate     // guarded by task.mu
	last   bool     // guarded by task.mu; shown after the steps that are not
}

// Weigh sets how much of the task this step is, relative to the others, which have 1.
func (s *Step) Weigh(weight float64) *Step {
	s.task.change(func() { s.weight = weight })
	return s
}

// Last keeps the step behind those that are mentioned later: what ends the task however much comes before it.
func (s *Step) Last() *Step {
	s.task.change(func() { s.last = true })
	return s
}

// Begin marks the step active and says what it does ("downloading"). Repeating it only changes the words.
func (s *Step) Begin(detail string) {
	s.task.change(func() { s.begin(detail) })
}

func (s *Step) begin(detail string) {
	if s.view.State != StepActive {
		s.view.State, s.view.Ended = StepActive, time.Time{}
		if s.view.Started.IsZero() {
			s.view.Started = s.task.runner.now()
		}
	}
	s.view.Detail = detail
}

// Wait marks the step as not yet begun, in other words than the default.
func (s *Step) Wait(detail string) {
	s.task.change(func() { s.view.State, s.view.Detail = StepWaiting, detail })
}

// Bytes reports how many bytes of how many are through; total 0 means nobody knows yet. It makes the step active.
func (s *Step) Bytes(detail string, current, total int64) {
	s.task.change(func() {
		if s.view.Detail != detail {
			s.rate = rate{} // another phase counts other bytes
		}
		s.begin(detail)
		s.view.Current, s.view.Total = current, total
		s.rate.add(s.task.runner.now(), current)
	})
}

// Done marks the step finished.
func (s *Step) Done(detail string) { s.end(StepDone, detail) }

// Present marks that there was nothing to do: already there, or cached.
func (s *Step) Present(detail string) { s.end(StepPresent, detail) }

// Fail marks the step as the one that broke the task.
func (s *Step) Fail(detail string) { s.end(StepFailed, detail) }

func (s *Step) end(state StepState, detail string) {
	s.task.change(func() {
		if s.view.Ended.IsZero() || s.view.State != state {
			s.view.Ended = s.task.runner.now()
		}
		s.view.State, s.view.Detail = state, detail
		if state == StepDone && s.view.Total > 0 {
			s.view.Current = s.view.Total
		}
	})
}

// Log adds a line to the task's log under this step.
func (s *Step) Log(text string) { s.task.logStep(s.view.ID, text) } // ID never changes

// fraction is how much of the step is through, 0 to 1. Guarded by task.mu.
func (s *Step) fraction() float64 {
	switch {
	case s.view.State == StepDone || s.view.State == StepPresent:
		return 1
	case s.view.Total <= 0:
		return 0
	default:
		return min(float64(s.view.Current)/float64(s.view.Total), 1)
	}
}
