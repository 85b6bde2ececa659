package engine

import (
	"context"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/logs"
	"berth/engine/watch"
)

// followBook holds the log of every sandbox that was looked at. A log outlives the connection and the container, so that
// nothing on screen vanishes when either comes back.
type followBook struct {
	changed func()

	mu   sync.Mutex
	logs map[string]*sandboxLog
}

type sandboxLog struct {
	ring     *logs.Ring
	follower *logs.Follower
}

func newFollowBook(changed func()) *followBook {
	return &followBook{changed: changed, logs: map[string]*sandboxLog{}}
}

// get gives the log of a sandbox, made empty at the first call.
func (b *followBook) get(name string) *sandboxLog {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.logs[name]
	if !ok {
		ring := logs.NewRing(logs.MaxLines, logs.MaxBytes, b.changed)
		l = &sandboxLog{ring: ring, follower: logs.NewFollower(ring)}
		b.logs[name] = l
	}
	return l
}

// forget lets go of the log of a sandbox that is gone for good.
func (b *followBook) forget(name string) {
	b.mu.Lock()
	delete(b.logs, name)
	b.mu.Unlock()
}

// forgetAll lets go of all.
func (b *followBook) forgetAll() {
	b.mu.Lock()
	clear(b.logs)
	b.mu.Unlock()
}

// Log is the log of a sandbox, empty until it was looked at.
func (e *Engine) Log(name string) *logs.Ring { return e.follows.get(name).ring }

// Look tells what a person can see: usage is streamed only while visible, and only that sandbox's log is followed.
func (e *Engine) Look(visible bool, name string) {
	e.mu.Lock()
	e.look = look{visible: visible, sandbox: name}
	e.mu.Unlock()
	signal(e.wake)
}

// followPause is the time between two tries to read a log whose stream broke while the daemon still answers.
const followPause = time.Second

// follow reads the container's log into the sandbox's ring until ctx ends or the container is gone. The follower goes on
// where it was, so another try loses nothing and shows nothing twice.
func (e *Engine) follow(ctx context.Context, cli *client.Client, name string, c watch.Container) {
	for {
		err := e.follows.get(name).follower.Run(ctx, cli, c.ID)
		if err == nil || ctx.Err() != nil {
			return
		}
		e.log.Info("log follow ended", "sandbox", name, "err", err)
		timer := time.NewTimer(followPause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
