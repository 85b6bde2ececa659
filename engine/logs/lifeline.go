package logs

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"
)

// lifeline listens to the events of one container, so that nothing has to be polled. When the connection breaks, it
// ends the context that it was given to guard.
type lifeline struct {
	wake chan struct{} // capacity 1: something happened

	mu    sync.Mutex
	exits []exit

	stop context.CancelCauseFunc
	done chan struct{}
}

// exit is one end of a run.
type exit struct {
	at   time.Time
	code int
}

// keepExits is how many ends of runs are remembered.
const keepExits = 16

// newLifeline subscribes; when it returns, no event from now on is missed. The context it gives ends with the parent,
// with close, or with the connection, whose error is then its cause.
func newLifeline(parent context.Context, cli *client.Client, id string) (*lifeline, context.Context) {
	ctx, stop := context.WithCancelCause(parent)
	l := &lifeline{wake: make(chan struct{}, 1), stop: stop, done: make(chan struct{})}
	messages, errs := cli.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)), filters.Arg("container", id))})
	go l.listen(ctx, id, messages, errs)
	return l, ctx
}

// close ends the listening and waits for its end.
func (l *lifeline) close() {
	l.stop(context.Canceled)
	<-l.done
}

func (l *lifeline) listen(ctx context.Context, id string, messages <-chan events.Message, errs <-chan error) {
	defer close(l.done)
	for {
		select {
		case m := <-messages:
			if m.Actor.ID == id {
				l.hear(m)
			}
		case err := <-errs:
			if ctx.Err() == nil {
				if err == nil || errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF // the engine ended the stream: it is shutting down
				}
				l.stop(err)
			}
			return
		}
	}
}

func (l *lifeline) hear(m events.Message) {
	switch m.Action {
	case events.ActionDie:
		code := m.Actor.Attributes["exitCode"]
		if code == "" {
			code = m.Actor.Attributes["containerExitCode"] // Podman's word for it
		}
		if n, err := strconv.Atoi(code); err == nil {
			l.mu.Lock()
			if l.exits = append(l.exits, exit{time.Unix(0, m.TimeNano), n}); len(l.exits) > keepExits {
				l.exits = l.exits[1:]
			}
			l.mu.Unlock()
		}
	case events.ActionExecCreate, events.ActionExecStart, events.ActionExecDie, events.ActionTop, events.ActionResize:
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// exitAfter gives the first end of a run after a time.
func (l *lifeline) exitAfter(started time.Time) (exit, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.exits {
		if e.at.After(started) {
			return e, true
		}
	}
	return exit{}, false
}
