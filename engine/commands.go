package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/task"
)

// commandBook lets one command at a time work on a sandbox, and remembers how each can be given again.
type commandBook struct {
	mu     sync.Mutex                 // guards everything below
	latest map[string][]*command      // those that may not be over, by sandbox, in the order they were given
	again  map[task.ID]func() task.ID // how to do the same once more
	held   map[task.ID]int            // how many need a shared task; one that a person asked for is held to its end

	dropped map[task.ID]bool // shared tasks that were cancelled because nobody needed them any more
}

type command struct {
	kind    task.Kind
	task    *task.Task
	on      *bound
	changes bool // it is a transaction, whatever its kind is in most cases
}

func newCommandBook() *commandBook {
	return &commandBook{latest: map[string][]*command{}, again: map[task.ID]func() task.ID{}, held: map[task.ID]int{}, dropped: map[task.ID]bool{}}
}

// prune forgets tasks that are no longer in the history. Guarded by mu.
func (b *commandBook) prune(tasks *task.Runner) {
	gone := func(id task.ID) bool { return tasks.Find(id) == nil }
	maps.DeleteFunc(b.again, func(id task.ID, _ func() task.ID) bool { return gone(id) })
	maps.DeleteFunc(b.held, func(id task.ID, _ int) bool { return gone(id) })
	maps.DeleteFunc(b.dropped, func(id task.ID, _ bool) bool { return gone(id) })
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
		return running == task.Start || running == task.Restart || running == task.Create || transaction(running)
	default:
		return false
	}
}

// command runs do as the sandbox's next command. The same command given twice is one task; another one waits until all
// that were given before are over, or ends those first that it makes pointless.
func (e *Engine) command(kind task.Kind, name, title string, do func(ctx context.Context, t *task.Task) error) task.ID {
	book := e.latest
	book.mu.Lock()
	defer book.mu.Unlock()
	on := e.newBound()
	all := slices.DeleteFunc(slices.Clone(book.latest[name]), func(c *command) bool { return c.task.View().State.Over() })
	before := slices.DeleteFunc(slices.Clone(all), func(c *command) bool { return c.on.apart(on.get()) }) // another engine's sandbox of that name
	if n := len(before); n > 0 && before[n-1].kind == kind && alike(kind) {
		return before[n-1].task.ID()
	}
	// One that waits and is cancelled ends before those it waited for, so every one of them is waited for.
	t := e.beginOn(on, task.Options{Kind: kind, Title: title, Subject: name}, func(ctx context.Context, t *task.Task) error {
		for _, b := range before {
			if ends(kind, b.kind) {
				b.task.Cancel()
			}
		}
		for _, b := range before {
			select {
			case <-b.task.Done():
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		e.setFailed(on, name, 0, nil)
		err := do(ctx, t)
		if err != nil && !isCancelled(err) {
			e.log.Warn("task failed", "task", title, "err", err)
			e.setFailed(on, name, t.ID(), fault.From(title, err))
		}
		return err
	})
	book.latest[name] = append(all, &command{kind: kind, task: t, on: on})
	book.prune(e.tasks)
	book.again[t.ID()] = func() task.ID { return e.command(kind, name, title, do) }
	return t.ID()
}

// alike reports whether two commands of a kind on a sandbox are the same.
func alike(kind task.Kind) bool {
	switch kind {
	case task.Start, task.Stop, task.Restart, task.Remove, task.Update, task.Repair:
		return true
	default:
		return false
	}
}

// busy gives the task that changes a sandbox of an engine as a transaction just now; nil when none does.
func (b *commandBook) busy(name string, ep connect.Endpoint) *task.Task {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.latest[name] {
		if (transaction(c.kind) || c.changes) && !c.on.apart(ep) && !c.task.View().State.Over() {
			return c.task
		}
	}
	return nil
}

// changes makes the command that a task is count as a transaction until it is over.
func (b *commandBook) changes(name string, id task.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.latest[name] {
		if c.task.ID() == id {
			c.changes = true
		}
	}
}

// transaction reports whether commands of a kind leave something that only they, or Recover after them, may end.
func transaction(kind task.Kind) bool {
	switch kind {
	case task.Edit, task.Update, task.Rollback, task.Restore, task.Clone:
		return true
	default:
		return false
	}
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
