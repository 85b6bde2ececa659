package engine

import (
	"context"
	"errors"
	"sync"

	"berth/engine/fault"
	"berth/engine/task"
)

// commandBook lets one command at a time work on a sandbox, and remembers how each can be given again.
type commandBook struct {
	mu     sync.Mutex                 // guards everything below
	latest map[string]*command        // by sandbox
	again  map[task.ID]func() task.ID // how to do the same once more
	held   map[task.ID]int            // how many wait for a shared task
}

type command struct {
	kind task.Kind
	task *task.Task
}

func newCommandBook() *commandBook {
	return &commandBook{latest: map[string]*command{}, again: map[task.ID]func() task.ID{}, held: map[task.ID]int{}}
}

// hold counts those who wait for a shared task, and gives how many are left.
func (b *commandBook) hold(id task.ID, change int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := b.held[id] + change
	if left == 0 {
		delete(b.held, id)
	} else {
		b.held[id] = left
	}
	return left
}

// prune forgets how to repeat tasks that are no longer in the history. Guarded by mu.
func (b *commandBook) prune(tasks *task.Runner) {
	for id := range b.again {
		if tasks.Find(id) == nil {
			delete(b.again, id)
		}
	}
}

// remember keeps how a task can be repeated.
func (b *commandBook) remember(id task.ID, again func() task.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.again[id] = again
}

// isCancelled reports whether a task ended because somebody wanted it to.
func isCancelled(err error) bool { return errors.Is(err, fault.Cancelled) }

// ends reports whether a new command makes a running one pointless, so that it is cancelled rather than waited for.
func ends(newer, running task.Kind) bool {
	switch newer {
	case task.Stop, task.Remove:
		return running == task.Start || running == task.Restart || running == task.Create || running == task.Edit
	default:
		return false
	}
}

// command runs do as the sandbox's next command. The same command given twice is one task; another one waits until the
// running one is over, or ends it first when it makes it pointless.
func (e *Engine) command(kind task.Kind, name, title string, do func(ctx context.Context, t *task.Task) error) task.ID {
	book := e.latest
	book.mu.Lock()
	defer book.mu.Unlock()
	before := book.latest[name]
	if before != nil && before.kind == kind && !before.task.View().State.Over() {
		return before.task.ID()
	}
	t := e.tasks.Go(task.Options{Kind: kind, Title: title, Subject: name}, func(ctx context.Context, t *task.Task) error {
		if before != nil {
			if ends(kind, before.kind) {
				before.task.Cancel()
			}
			select {
			case <-before.task.Done():
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		e.setFailed(name, nil)
		err := do(ctx, t)
		if err != nil && !isCancelled(err) {
			e.log.Warn("task failed", "task", title, "err", err)
			e.setFailed(name, fault.From(title, err))
		}
		return err
	})
	book.latest[name] = &command{kind: kind, task: t}
	book.prune(e.tasks)
	book.again[t.ID()] = func() task.ID { return e.command(kind, name, title, do) }
	return t.ID()
}

// Cancel asks a task to end. It returns at once.
func (e *Engine) Cancel(id task.ID) {
	if t := e.tasks.Find(id); t != nil {
		t.Cancel()
	}
}

// Again starts a new task that does what that finished one did, and gives its id; 0 when it cannot be repeated.
func (e *Engine) Again(id task.ID) task.ID {
	e.latest.mu.Lock()
	again := e.latest.again[id]
	e.latest.mu.Unlock()
	if again == nil {
		return 0
	}
	return again()
}

// TaskLog is the log of one step of a task, or of the whole task when step is "", oldest first.
func (e *Engine) TaskLog(id task.ID, step string) []task.LogLine {
	t := e.tasks.Find(id)
	if t == nil {
		return nil
	}
	return t.Lines(step)
}

// ForgetTasks empties the history of finished tasks.
func (e *Engine) ForgetTasks() {
	e.tasks.Forget()
	e.latest.mu.Lock()
	defer e.latest.mu.Unlock()
	e.latest.prune(e.tasks)
}
