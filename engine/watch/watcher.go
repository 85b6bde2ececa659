package watch

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// What is done about containers that are not Berth's. Nobody waits for news of them, and a machine may have hundreds
// that change all the time.
const (
	manyOthers  = 4                      // from so many on, one list is cheaper than inspecting each
	othersPause = 500 * time.Millisecond // between two looks at them
)

// Watcher keeps the state of all containers. It is safe from any goroutine; only one Run may be under way.
type Watcher struct {
	changed func()

	mu     sync.RWMutex
	byID   map[string]Container
	sorted []Container // nil: to be made
	listed bool

	images  atomic.Uint64 // counts what happened to images
	volumes atomic.Uint64 // and to volumes
}

// Images counts what happened to the engine's images: pulled, built, tagged, removed. Another number means "list again".
func (w *Watcher) Images() uint64 { return w.images.Load() }

// Volumes counts the volumes that came and went. Another number means "list again".
func (w *Watcher) Volumes() uint64 { return w.volumes.Load() }

// New makes a watcher that knows nothing yet. changed is called after each change, without a lock held, and must return
// quickly; nil is nobody.
func New(changed func()) *Watcher {
	if changed == nil {
		changed = func() {}
	}
	return &Watcher{changed: changed, byID: map[string]Container{}}
}

// Containers are all containers by name, as of the last event; after the connection broke, as they were last known.
func (w *Watcher) Containers() []Container {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sorted == nil {
		w.sorted = make([]Container, 0, len(w.byID))
		for _, c := range w.byID {
			w.sorted = append(w.sorted, c)
		}
		slices.SortFunc(w.sorted, func(a, b Container) int {
			return strings.Compare(a.Name+"\x00"+a.ID, b.Name+"\x00"+b.ID)
		})
	}
	return slices.Clone(w.sorted)
}

// Listed reports whether Containers is the present state: false until the first list of a connection, and again after
// it broke.
func (w *Watcher) Listed() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.listed
}

// Run lists all containers and then keeps up with the engine's events until ctx ends (it returns its error) or the
// connection breaks (a *fault.Error). Everything it started has ended when it returns.
func (w *Watcher) Run(ctx context.Context, cli *client.Client) error {
	err := w.run(ctx, cli)
	w.mu.Lock()
	was := w.listed
	w.listed = false
	w.mu.Unlock()
	if was {
		w.changed()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault.From("watch containers", err)
}

func (w *Watcher) run(parent context.Context, cli *client.Client) error {
	ctx, stop := context.WithCancelCause(parent)
	// Subscribed before listing: what happens while the list is made is looked at again afterwards.
	messages, errs := cli.Events(ctx, events.ListOptions{
		Filters: filters.NewArgs(filters.Arg("type", string(events.ContainerEventType)), filters.Arg("type", string(events.ImageEventType)),
			filters.Arg("type", string(events.VolumeEventType))),
	})
	todo := newQueue()
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		stop(w.listen(messages, errs, todo))
	}()
	defer func() {
		stop(context.Canceled)
		<-listening
	}()
	err := w.list(ctx, cli)
	if err == nil {
		err = w.keepUp(ctx, cli, todo)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// listen hands on which containers the events are about. It never waits for anything else, so that the engine's buffer
// of events never overflows. It ends with the stream.
func (w *Watcher) listen(messages <-chan events.Message, errs <-chan error, todo *queue) error {
	for {
		select {
		case m := <-messages:
			if m.Type == events.ImageEventType {
				w.images.Add(1)
				w.changed()
				continue
			}
			if m.Type == events.VolumeEventType {
				if m.Action == events.ActionCreate || m.Action == events.ActionDestroy || m.Action == events.ActionRemove {
					w.volumes.Add(1)
					w.changed()
				}
				continue
			}
			if m.Action == events.ActionDie {
				w.died(m)
			}
			if matters(m.Action) && m.Actor.ID != "" {
				_, own := m.Actor.Attributes[labelSandbox] // Podman's events carry no labels
				todo.add(m.Actor.ID, own || strings.HasPrefix(m.Actor.Attributes["name"], ownPrefix))
			}
		case err := <-errs:
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // the engine is shutting down
			}
			return err
		}
	}
}

// matters tells the events that change what a Container says. "remove", "init" and "cleanup" are Podman's.
func matters(action events.Action) bool {
	switch action {
	case events.ActionCreate, events.ActionStart, events.ActionRestart, events.ActionStop, events.ActionDie,
		events.ActionKill, events.ActionOOM, events.ActionPause, events.ActionUnPause, events.ActionRename,
		events.ActionUpdate, events.ActionDestroy, events.ActionRemove, "init", "cleanup", "died", "sync":
		return true
	default:
		return strings.HasPrefix(string(action), string(events.ActionHealthStatus))
	}
}

// list replaces what is known by what exists.
func (w *Watcher) list(ctx context.Context, cli *client.Client) error {
	all, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return err
	}
	found := make(map[string]Container, len(all))
	for _, s := range all {
		c := fromSummary(s)
		if c.Sandbox {
			r, err := cli.ContainerInspect(ctx, c.ID)
			switch {
			case gone(err):
				continue
			case err != nil:
				return err
			}
			c = fromInspect(r)
		}
		found[c.ID] = c
	}
	w.mu.Lock()
	w.byID, w.sorted, w.listed = found, nil, true
	w.mu.Unlock()
	w.images.Add(1) // what happened before is unknown
	w.volumes.Add(1)
	w.changed()
	return nil
}

// keepUp looks at containers that events were about. It always ends with an error.
func (w *Watcher) keepUp(ctx context.Context, cli *client.Client, todo *queue) error {
	rest := time.NewTimer(0) // since the last look at others
	defer rest.Stop()
	rested := false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-rest.C:
			rested = true
		case <-todo.wake:
		}
		for {
			id, ok := todo.next(w.isOwn)
			if !ok {
				break
			}
			if err := w.look(ctx, cli, id); err != nil {
				return err
			}
		}
		if !rested {
			continue
		}
		others := todo.others()
		if len(others) == 0 {
			continue
		}
		rested = false
		if err := w.lookAtOthers(ctx, cli, others); err != nil {
			return err
		}
		rest.Reset(othersPause)
	}
}

// look inspects one container and updates what is known of it.
func (w *Watcher) look(ctx context.Context, cli *client.Client, id string) error {
	r, err := cli.ContainerInspect(ctx, id)
	switch {
	case gone(err):
		w.forget(id)
		return nil
	case err != nil:
		return err
	}
	c := fromInspect(r)
	w.mu.Lock()
	if was := w.byID[c.ID]; !was.Early || c.Status != "running" || !c.StartedAt.Equal(was.StartedAt) { // else it was asked for before the end
		w.byID[c.ID], w.sorted = c, nil
	}
	w.mu.Unlock()
	w.changed()
	return nil
}

// died notes the end of one of Berth's containers as soon as the event tells it. To look at it takes until the engine has taken its
// network and its file system away: 0.1 s and more on Docker, which holds the container's lock meanwhile.
func (w *Watcher) died(m events.Message) {
	code, err := strconv.Atoi(m.Actor.Attributes["exitCode"])
	if err != nil {
		return
	}
	w.mu.Lock()
	c, known := w.byID[m.Actor.ID]
	known = known && c.Sandbox && c.Status == "running"
	if known {
		c.Status, c.ExitCode, c.FinishedAt, c.Early = "exited", code, time.Unix(0, m.TimeNano), true
		w.byID[c.ID], w.sorted = c, nil
	}
	w.mu.Unlock()
	if known {
		w.changed()
	}
}

// lookAtOthers updates containers that are not Berth's, by one list when they are many.
func (w *Watcher) lookAtOthers(ctx context.Context, cli *client.Client, ids []string) error {
	if len(ids) < manyOthers {
		for _, id := range ids {
			if err := w.look(ctx, cli, id); err != nil {
				return err
			}
		}
		return nil
	}
	all, err := cli.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return err
	}
	found := make(map[string]Container, len(all))
	for _, s := range all {
		found[s.ID] = fromSummary(s)
	}
	var own []string
	w.mu.Lock()
	for _, id := range ids {
		switch c, ok := found[id]; {
		case !ok:
			delete(w.byID, id)
		case c.Sandbox:
			own = append(own, id)
		default:
			w.byID[id] = c
		}
	}
	w.sorted = nil
	w.mu.Unlock()
	w.changed()
	for _, id := range own {
		if err := w.look(ctx, cli, id); err != nil {
			return err
		}
	}
	return nil
}

func (w *Watcher) forget(id string) {
	w.mu.Lock()
	_, known := w.byID[id]
	delete(w.byID, id)
	w.sorted = nil
	w.mu.Unlock()
	if known {
		w.changed()
	}
}

// isOwn reports whether a container is known to be Berth's.
func (w *Watcher) isOwn(id string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.byID[id].Sandbox
}

// gone reports that there is no such container. Podman 4.3 says so with a status of 500 while it removes one.
func gone(err error) bool { return err != nil && fault.KindOf(err) == fault.NotFound }
