package task

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"berth/engine/fault"
)

// maxHistory is how many finished tasks are kept to be looked at.
const maxHistory = 100

// Runner starts tasks and owns them until they are over. Make one with NewRunner.
type Runner struct {
	ctx     context.Context
	stop    context.CancelCauseFunc
	now     func() time.Time
	changed func()
	wg      sync.WaitGroup

	ids *IDs

	mu     sync.Mutex // guards everything below
	tasks  []*Task    // in the order they started
	closed bool
}

// NewRunner makes a runner. Changed is called, from any goroutine and often, whenever a View would differ; it must return
// at once. Now is the clock; nil means time.Now.
func NewRunner(changed func(), now func() time.Time) *Runner {
	if now == nil {
		now = time.Now
	}
	ctx, stop := context.WithCancelCause(context.Background())
	return &Runner{ctx: ctx, stop: stop, now: now, changed: changed, ids: new(IDs)}
}

// Number makes a runner number its tasks from ids, which other runners may share. Call it before the first task.
func (r *Runner) Number(ids *IDs) { r.ids = ids }

// Options say what a task is.
type Options struct {
	Kind    Kind
	Title   string
	Subject string
	// Key makes a task the only one of its sort: while one with the same key runs, Go gives that one instead of
	// starting another. Empty means no such rule.
	Key string
}

// Go starts do in its own goroutine as a task, or gives the running task with the same key. The context handed to do ends
// when the task is cancelled or the runner closed. A panic in do fails that task alone.
func (r *Runner) Go(opts Options, do func(ctx context.Context, t *Task) error) *Task {
	r.mu.Lock()
	if opts.Key != "" {
		for _, t := range r.tasks {
			if t.key == opts.Key && !isClosed(t.done) {
				r.mu.Unlock()
				return t
			}
		}
	}
	id := r.ids.next()
	ctx, cancel := context.WithCancelCause(r.ctx)
	t := &Task{runner: r, key: opts.Key, cancel: cancel, done: make(chan struct{}), byID: map[string]*Step{}}
	t.view = View{
		ID: id, Kind: opts.Kind, Title: opts.Title, Subject: opts.Subject,
		State: Running, Started: r.now(), Attempt: 1, Attempts: 1,
	}
	r.tasks = append(r.tasks, t)
	r.forgetOldest()
	if r.closed {
		r.mu.Unlock()
		cancel(nil)
		t.finish(fault.New(fault.Cancelled, opts.Title, "Berth is closing"))
		return t
	}
	r.wg.Add(1)
	r.mu.Unlock()

	go func() {
		defer r.wg.Done()
		defer cancel(nil)
		t.finish(settle(ctx, run(ctx, t, do)))
	}()
	r.changed()
	return t
}

// run calls do and turns a panic into an error, so that one broken task cannot end the program and lose the others.
func run(ctx context.Context, t *Task, do func(context.Context, *Task) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Unknown, t.view.Title, fmt.Sprintf("internal error: %v", p))
		}
	}()
	return do(ctx, t)
}

// settle gives the error a task ends with. A task whose context was ended failed for that reason, whatever the wire made
// of it.
func settle(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); errors.Is(cause, fault.Cancelled) {
		return cause
	}
	return err
}

// forgetOldest drops finished tasks beyond maxHistory. Guarded by mu.
func (r *Runner) forgetOldest() {
	for excess := len(r.tasks) - maxHistory; excess > 0; excess-- {
		i := slices.IndexFunc(r.tasks, func(t *Task) bool { return isClosed(t.done) })
		if i < 0 {
			return
		}
		r.tasks = slices.Delete(r.tasks, i, i+1)
	}
}

// Views gives every task, newest first.
func (r *Runner) Views() []View {
	r.mu.Lock()
	tasks := slices.Clone(r.tasks)
	r.mu.Unlock()
	views := make([]View, 0, len(tasks))
	for _, t := range slices.Backward(tasks) {
		views = append(views, t.View())
	}
	return views
}

// Find gives the task of that id, or nil.
func (r *Runner) Find(id ID) *Task {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tasks {
		if t.view.ID == id {
			return t
		}
	}
	return nil
}

// Forget removes the finished tasks from the history.
func (r *Runner) Forget() {
	r.mu.Lock()
	r.tasks = slices.DeleteFunc(r.tasks, func(t *Task) bool { return isClosed(t.done) })
	r.mu.Unlock()
	r.changed()
}

// Close cancels every task and waits until their work has really ended. Tasks started afterwards end at once.
func (r *Runner) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop(fault.New(fault.Cancelled, "", "Berth was closed"))
	r.wg.Wait()
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
