package watch

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// Pauses before the stream of a container that is still looked at is asked for again. Engines end it when the container
// stops; Docker may also go on with empty samples.
const (
	statsPauseFirst = 250 * time.Millisecond
	statsPauseMost  = 5 * time.Second
)

// Stats streams the usage of the containers that are looked at, and of no other: a stream costs the engine CPU. It is safe
// from any goroutine; only one Run may be under way.
type Stats struct {
	changed func()
	wake    chan struct{} // capacity 1: wanted has changed

	mu     sync.Mutex
	wanted map[string]bool
	usage  map[string]Usage
}

// NewStats makes one that looks at nothing. changed is called after each sample, without a lock held, and must return
// quickly; nil is nobody.
func NewStats(changed func()) *Stats {
	if changed == nil {
		changed = func() {}
	}
	return &Stats{changed: changed, wake: make(chan struct{}, 1), wanted: map[string]bool{}, usage: map[string]Usage{}}
}

// Look sets which containers, by id, are looked at from now on. What is known of all others is forgotten.
func (s *Stats) Look(ids []string) {
	s.mu.Lock()
	same := len(ids) == len(s.wanted)
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		same = same && s.wanted[id]
		wanted[id] = true
	}
	s.wanted = wanted
	for id := range s.usage {
		if !wanted[id] {
			delete(s.usage, id)
		}
	}
	s.mu.Unlock()
	if same {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Usage is the newest usage of a container; false when it is not looked at, does not run, or has had less than two
// samples.
func (s *Stats) Usage(id string) (Usage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.usage[id]
	return u, ok
}

// Run streams until ctx ends (it returns its error) or the connection breaks (a *fault.Error). Everything it started has
// ended when it returns.
func (s *Stats) Run(ctx context.Context, cli *client.Client) error {
	inner, stop := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	streams := map[string]context.CancelFunc{}
	defer func() {
		stop(context.Canceled)
		wg.Wait()
		s.mu.Lock()
		clear(s.usage)
		s.mu.Unlock()
	}()
	for {
		s.mu.Lock()
		wanted := s.wanted // replaced by Look, never changed
		s.mu.Unlock()
		for id, end := range streams {
			if !wanted[id] {
				end()
				delete(streams, id)
			}
		}
		for id := range wanted {
			if streams[id] != nil {
				continue
			}
			each, end := context.WithCancel(inner)
			streams[id] = end
			wg.Go(func() {
				if err := s.watch(each, cli, id); err != nil && each.Err() == nil {
					stop(err)
				}
			})
		}
		select {
		case <-inner.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fault.From("watch the usage of containers", context.Cause(inner))
		case <-s.wake:
		}
	}
}

// watch streams one container's usage until ctx ends, the container is gone (nil), or the connection breaks.
func (s *Stats) watch(ctx context.Context, cli *client.Client, id string) error {
	defer s.set(ctx, id, nil)
	pause := statsPauseFirst
	for {
		samples, err := s.stream(ctx, cli, id)
		switch {
		case gone(err):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case client.IsErrConnectionFailed(err), errors.Is(err, io.ErrUnexpectedEOF):
			return err
		}
		s.set(ctx, id, nil)
		if pause = min(2*pause, statsPauseMost); samples > 1 {
			pause = statsPauseFirst
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// stream reads one stream to its end and says how many samples it had. A clean end is no error.
func (s *Stats) stream(ctx context.Context, cli *client.Client, id string) (samples int, err error) {
	answer, err := cli.ContainerStats(ctx, id, true)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	decoder := json.NewDecoder(answer.Body)
	var sampler sampler
	for {
		var r container.StatsResponse
		if err := decoder.Decode(&r); err != nil {
			if errors.Is(err, io.EOF) {
				return samples, nil
			}
			return samples, err
		}
		samples++
		if u, ok := sampler.next(r); ok {
			s.set(ctx, id, &u)
		} else if r.Read.Year() <= 1 {
			s.set(ctx, id, nil)
		}
	}
}

// set records the usage of a container, or with nil that there is none.
func (s *Stats) set(ctx context.Context, id string, u *Usage) {
	s.mu.Lock()
	_, had := s.usage[id]
	switch {
	case u == nil && had:
		delete(s.usage, id)
	case u == nil, !s.wanted[id], ctx.Err() != nil:
		s.mu.Unlock()
		return
	default:
		s.usage[id] = *u
	}
	s.mu.Unlock()
	s.changed()
}
