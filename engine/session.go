package engine

import (
	"context"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"

	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/watch"
)

// session is everything that lives as long as one connection to a daemon. It ends with the error that broke it, after all
// it started has ended; the supervisor then connects anew.
func (e *Engine) session(ctx context.Context, cli *client.Client, daemon connect.Engine) error {
	e.log.Info("connected", "product", daemon.Product, "version", daemon.Version, "api", daemon.APIVersion)
	endpoint := e.super.Status().Endpoint // it changes after the session only
	ctx = withBound(ctx, &bound{endpoint: endpoint})
	e.meet(endpoint)
	left := e.recover(ctx, cli)
	e.arch.Store(daemon.Arch)
	e.forwards.connected(endpoint.Host)
	defer e.forwards.connected("")
	e.ready.Store(&daemonLink{client: cli, engine: daemon, endpoint: endpoint})
	e.link.fire()
	defer e.ready.Store(nil)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return e.watcher.Run(ctx, cli) })
	group.Go(func() error { return e.stats.Run(ctx, cli) })
	group.Go(func() error { return e.attend(ctx, cli) })
	group.Go(func() error {
		e.settlePasswords(ctx, cli) // beside all else, for a keyring may take its time, and what is at work longer
		return nil
	})
	if left.some() {
		group.Go(func() error {
			e.recoverLater(ctx, cli, left)
			return nil
		})
	}
	return group.Wait()
}

// The pauses before what could not be ended is tried again: what stood in its way (a full disk, a busy engine) may take a while
// to be seen to.
const (
	firstRecoverPause = 5 * time.Second
	mostRecoverPause  = 5 * time.Minute
)

// leftover is what a recovery has to look after again.
type leftover struct {
	tasks  []*task.Task // of this Berth, at work on a sandbox
	ends   []*task.Task // of this Berth, by which a change that was not ended is
	leases []string     // ids of the containers by which other Berths hold sandboxes
	failed error        // why something that it tried could not be done
}

func (l leftover) some() bool { return len(l.tasks)+len(l.ends)+len(l.leases) > 0 || l.failed != nil }

// recoverLater looks again once those are done who were at work when it was looked first, and after a while where something
// could not be done. What depends on a change being settled is settled after each look.
func (e *Engine) recoverLater(ctx context.Context, cli *client.Client, left leftover) {
	for pause := firstRecoverPause; left.some(); {
		for _, t := range left.tasks {
			_ = t.Wait(ctx) // how it ended is told where it is shown
		}
		for _, id := range left.leases {
			ended, failed := cli.ContainerWait(ctx, id, container.WaitConditionNotRunning)
			select {
			case <-ended:
			case <-failed: //nolint:errcheck // it is gone, or the connection is
			}
		}
		again := left.failed != nil
		for _, t := range left.ends {
			if err := t.Wait(ctx); err != nil && !isCancelled(err) { // one that a person cancelled waits for the next command
				again = true
			}
		}
		if !again && len(left.tasks)+len(left.leases) == 0 {
			return
		}
		if again {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*pause, mostRecoverPause)
		}
		if ctx.Err() != nil {
			return
		}
		left = e.recover(ctx, cli)
		e.settleIdle(ctx, cli)
	}
}

// recover finishes or takes back what a Berth that was killed left half done. What a task of this one is at, or another Berth,
// it leaves to them and gives, to be looked after once they are done, as it gives what it could not do.
func (e *Engine) recover(ctx context.Context, cli *client.Client) leftover {
	var left leftover
	recovered, err := sandbox.Recover(ctx, cli, func(name string) bool {
		t := e.latest.busy(name, e.endpoint(ctx))
		if t != nil {
			left.tasks = append(left.tasks, t)
		}
		return t != nil
	})
	left.leases = recovered.Leases
	for _, note := range recovered.Notes {
		e.notice("", note)
	}
	for _, name := range recovered.Pending {
		if t := e.tasks.Find(e.finishEdit(name)); t != nil {
			left.ends = append(left.ends, t)
		}
	}
	if err != nil && ctx.Err() == nil {
		left.failed = err
		e.log.Warn("recovery", "err", err)
		text := "Not all that an earlier Berth left half done could be ended: " + err.Error()
		if !e.noticed(text) {
			e.notice("", text)
		}
	}
	return left
}

// attend keeps the right things watched: the health of every running sandbox, the usage of what is visible, the one log
// that is read. It compares whenever the state or the look changes.
func (e *Engine) attend(ctx context.Context, cli *client.Client) error {
	probes := newKeyed[watch.Container]()
	follows := newKeyed[watch.Container]()
	defer probes.stop()
	defer follows.stop()
	for {
		containers := e.watcher.Containers()
		e.health.keep(containers)
		e.mu.Lock()
		look := e.look
		e.mu.Unlock()

		running := map[string]watch.Container{}
		followed := map[string]watch.Container{}
		published := map[string]string{} // addresses by the sandbox's name
		var visible []string
		for _, c := range oneEach(containers) {
			name := c.Labels[sandbox.LabelName]
			if sandbox.SetAside(c.Name) {
				continue
			}
			if c.Status == "running" || c.Status == "paused" { // for a backup: its pages wait
				published[name] = address(c)
			}
			if c.Status == "running" {
				running[c.ID+c.StartedAt.String()] = c
				if look.visible {
					visible = append(visible, c.ID)
				}
			}
			if look.visible && name == look.sandbox {
				followed[c.ID] = c
			}
		}
		e.stats.Look(visible)
		if e.watcher.Listed() { // what is known before is of an earlier connection
			e.forwards.keep(published)
		}
		probes.run(ctx, running, func(ctx context.Context, c watch.Container) { e.probe(ctx, cli, c) })
		follows.run(ctx, followed, func(ctx context.Context, c watch.Container) {
			e.follow(ctx, cli, c.Labels[sandbox.LabelName], c)
		})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-e.wake:
		}
	}
}

// keyed runs one goroutine for each key that is wanted and ends those that no longer are.
type keyed[T any] struct {
	wg      sync.WaitGroup
	cancels map[string]context.CancelFunc
}

func newKeyed[T any]() *keyed[T] { return &keyed[T]{cancels: map[string]context.CancelFunc{}} }

// run makes the running set equal to wanted. A goroutine that ended by itself is not started again for the same key.
func (k *keyed[T]) run(ctx context.Context, wanted map[string]T, do func(context.Context, T)) {
	for key, cancel := range k.cancels {
		if _, ok := wanted[key]; !ok {
			cancel()
			delete(k.cancels, key)
		}
	}
	for key, value := range wanted {
		if k.cancels[key] != nil {
			continue
		}
		ctx, cancel := context.WithCancel(ctx)
		k.cancels[key] = cancel
		k.wg.Add(1)
		go func() {
			defer k.wg.Done()
			do(ctx, value)
		}()
	}
}

// stop ends all and waits.
func (k *keyed[T]) stop() {
	for _, cancel := range k.cancels {
		cancel()
	}
	k.wg.Wait()
}
