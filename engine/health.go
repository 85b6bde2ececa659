package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/watch"
)

// How often opencode's health is asked for. While it boots it usually takes 2.4 to 3.3 s, so a look every 250 ms shows
// it without delay; afterwards a look costs one HTTP request over loopback.
const (
	probeBooting = 250 * time.Millisecond
	probeVisible = 5 * time.Second
	probeHidden  = 30 * time.Second
	bootLimit    = 60 * time.Second // after this a sandbox that never was healthy counts as unhealthy
	firstLooks   = 3 * time.Second  // and not before it was asked for so long, for the daemon's clock may be wrong
	probeMisses  = 2                // failed looks in a row that make a healthy sandbox unhealthy
)

// healthBook holds what the probes found out, by container. An entry belongs to one run of its container.
type healthBook struct {
	changed func()

	mu   sync.Mutex
	runs map[string]healthRun
}

type healthRun struct {
	started time.Time // the container's own start time: another one is another run
	health  sandbox.Health
}

func newHealthBook(changed func()) *healthBook {
	return &healthBook{changed: changed, runs: map[string]healthRun{}}
}

// get gives what is known of this run of the container; the zero Health when nothing is.
func (b *healthBook) get(c watch.Container) sandbox.Health {
	b.mu.Lock()
	defer b.mu.Unlock()
	if run, ok := b.runs[c.ID]; ok && run.started.Equal(c.StartedAt) {
		return run.health
	}
	return sandbox.Health{}
}

// set records a finding and tells of it when it says something new.
func (b *healthBook) set(c watch.Container, health sandbox.Health) {
	b.mu.Lock()
	old := b.runs[c.ID]
	same := old.started.Equal(c.StartedAt) && old.health.Same(health)
	if same {
		health.Since = old.health.Since
	}
	b.runs[c.ID] = healthRun{started: c.StartedAt, health: health}
	b.mu.Unlock()
	if !same {
		b.changed()
	}
}

// keep drops what belongs to containers that are gone.
func (b *healthBook) keep(containers []watch.Container) {
	b.mu.Lock()
	defer b.mu.Unlock()
	alive := make(map[string]bool, len(containers))
	for _, c := range containers {
		alive[c.ID] = true
	}
	for id := range b.runs {
		if !alive[id] {
			delete(b.runs, id)
		}
	}
}

// probe asks a running sandbox's opencode for its health until ctx ends.
func (e *Engine) probe(ctx context.Context, cli *client.Client, c watch.Container) {
	var probe *agent.Client
	began, misses, was := time.Now(), 0, e.health.get(c)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := time.Now()
		var health sandbox.Health
		if probe == nil {
			probe, health.Err = e.clientOf(ctx, cli, c.Labels[sandbox.LabelName])
		}
		if probe != nil {
			health = look1(ctx, probe, was)
		}
		health.Known = true
		if ctx.Err() != nil {
			return
		}
		switch {
		case health.OK():
			misses = 0
			e.record(c, &was, health)
		case errors.Is(health.Err, fault.BrokenConfig):
			e.record(c, &was, health)
		case was.OK():
			if misses++; misses >= probeMisses {
				e.record(c, &was, health)
			}
		case now.Sub(c.StartedAt) > bootLimit && now.Sub(began) > firstLooks:
			e.record(c, &was, health)
			if errors.Is(health.Err, fault.NotRunning) {
				return // a container that runs without a port gets none: the engine need not be asked for it again
			}
		}
		pause := e.pause(was)
		if probe == nil && now.Sub(began) > firstLooks {
			pause = max(pause, probeVisible) // it is the engine that was asked, not opencode
		}
		timer.Reset(pause)
	}
}

func (e *Engine) record(c watch.Container, was *sandbox.Health, health sandbox.Health) {
	health.Since = time.Now()
	if was.Since.IsZero() && health.OK() && time.Since(c.StartedAt) > bootLimit {
		health.Since = c.StartedAt // it was healthy before Berth came to look
	}
	*was = health
	e.health.set(c, health)
}

// pause is how long to wait before the next look.
func (e *Engine) pause(was sandbox.Health) time.Duration {
	e.mu.Lock()
	visible := e.look.visible
	e.mu.Unlock()
	switch {
	case was.Since.IsZero():
		return probeBooting
	case visible:
		return probeVisible
	default:
		return probeHidden
	}
}

// look1 is one look: health first, and once it is up, its configuration.
func look1(ctx context.Context, probe *agent.Client, was sandbox.Health) sandbox.Health {
	version, err := probe.Health(ctx)
	if err == nil && !was.OK() {
		err = probe.CheckConfig(ctx)
	}
	return sandbox.Health{Version: version, Err: err}
}
