package engine

import (
	"context"
	"fmt"
	"sync"

	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/task"
)

// bound is the engine that a piece of work is done on. What begins on one goes on there or ends: on another one a sandbox's name,
// its password and its port mean something else.
type bound struct {
	mu       sync.Mutex
	endpoint connect.Endpoint // its Host is "" until one is known
}

type boundKey struct{}

func boundOf(ctx context.Context) *bound {
	b, _ := ctx.Value(boundKey{}).(*bound)
	return b
}

func withBound(ctx context.Context, b *bound) context.Context {
	return context.WithValue(ctx, boundKey{}, b)
}

// get is the endpoint; its Host is "" while none is known.
func (b *bound) get() connect.Endpoint {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.endpoint
}

// take gives work that has no engine yet this one, and reports whether it is the work's.
func (b *bound) take(ep connect.Endpoint) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.endpoint.Host == "" {
		b.endpoint = ep
	}
	return b.endpoint.Key() == ep.Key()
}

// apart reports whether the work is known to be done on another engine than this one.
func (b *bound) apart(ep connect.Endpoint) bool {
	own := b.get()
	return own.Host != "" && ep.Host != "" && own.Key() != ep.Key()
}

// newBound is for work that begins now: on the engine that is connected, or else the first that will be.
func (e *Engine) newBound() *bound {
	b := &bound{}
	if ready := e.ready.Load(); ready != nil {
		b.endpoint = ready.endpoint
	}
	return b
}

// bind binds what asks an engine more than once.
func (e *Engine) bind(ctx context.Context) context.Context {
	if boundOf(ctx) != nil {
		return ctx
	}
	return withBound(ctx, e.newBound())
}

// endpoint is where the work of ctx is done: what it is bound to, or else what is in use.
func (e *Engine) endpoint(ctx context.Context) connect.Endpoint {
	if b := boundOf(ctx); b != nil {
		if ep := b.get(); ep.Host != "" {
			return ep
		}
	}
	return e.super.Status().Endpoint
}

// here reports whether work is done on the engine in use, as far as that is known.
func (e *Engine) here(b *bound) bool { return b == nil || !b.apart(e.super.Status().Endpoint) }

// mayUse binds the work of ctx to a connected engine. It is refused to work that was begun on another one.
func mayUse(ctx context.Context, op string, ready *daemonLink) error {
	b := boundOf(ctx)
	if b == nil || b.take(ready.endpoint) {
		return nil
	}
	return &fault.Error{
		Kind: fault.NoEngine, Op: op, Why: fmt.Sprintf("it was begun on the engine %s, and another one is in use now", b.get().Name),
		Remedy: "Choose that engine again: what is half done is ended there. Then try again.",
	}
}

// begin starts a task that is bound to the engine in use.
func (e *Engine) begin(opts task.Options, do func(ctx context.Context, t *task.Task) error) *task.Task {
	return e.beginOn(e.newBound(), opts, do)
}

func (e *Engine) beginOn(b *bound, opts task.Options, do func(ctx context.Context, t *task.Task) error) *task.Task {
	return e.tasks.Go(opts, func(ctx context.Context, t *task.Task) error { return do(withBound(ctx, b), t) })
}

// onEngine makes the key of a task that is the same only on the same engine.
func onEngine(b *bound, key string) string { return key + "@" + b.get().Key() }

// meet forgets what is known of the sandboxes of the engine before, when another one is connected: names mean others on it.
func (e *Engine) meet(ep connect.Endpoint) {
	e.mu.Lock()
	met := e.met
	e.met = ep.Key()
	if met != "" && met != e.met {
		clear(e.failed)
		clear(e.history)
		clear(e.sizes)
	} else {
		met = ""
	}
	e.mu.Unlock()
	if met != "" {
		e.follows.forgetAll()
	}
}
