package logs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"berth/engine/fault"
)

// Pauses before a log stream that ended although its container runs is asked for again. The engine ends streams a moment
// before it says that the container stopped; the event then ends the pause.
const (
	pauseFirst = 50 * time.Millisecond
	pauseMost  = 2 * time.Second
)

// maxDamaged is how many damaged streams in a row, with nothing new read from them, make an error.
const maxDamaged = 3

// Follower reads the log of one sandbox into a ring. It remembers how far it has read, so that Run can be called again
// after a broken connection, or for the sandbox's next container.
type Follower struct {
	ring *Ring
	turn chan struct{} // holds a token while no Run is under way

	// Everything below belongs to the Run that took the turn.
	id      string
	dec     decoder
	started time.Time // start of the run of the container that is or was read last; zero before the first
	ended   bool      // that run's end has been told
	mute    bool      // that the container's log cannot be read has been told
}

// NewFollower makes a follower that has read nothing yet.
func NewFollower(ring *Ring) *Follower {
	f := &Follower{ring: ring, turn: make(chan struct{}, 1)}
	f.turn <- struct{}{}
	f.dec.emit = ring.Append
	return f
}

// Run reads the container's log, from where the last Run ended, until ctx ends (then it returns its error), the container
// is removed (nil) or the connection breaks (a *fault.Error; call it again when there is a new one). A container other
// than the last time's is read from its beginning. Runs of one Follower take turns.
func (f *Follower) Run(ctx context.Context, cli *client.Client, containerID string) error {
	select {
	case <-f.turn:
		defer func() { f.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	life, guarded := newLifeline(ctx, cli, containerID)
	defer life.close()
	r := &reading{Follower: f, cli: cli, life: life}
	r.adopt(containerID)
	err := r.run(guarded)
	f.dec.flushBatch()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case guarded.Err() != nil:
		err = context.Cause(guarded) // why the connection broke, not that it did
	}
	broken := *fault.From("read the log of container "+short(containerID), err)
	broken.Remedy = "Berth reads on as soon as the engine answers again."
	return &broken
}

// adopt makes the follower one of this container.
func (f *Follower) adopt(id string) {
	if f.id == id {
		return
	}
	if f.id != "" {
		f.dec.finishAll()
		f.say(time.Now(), "new container "+short(id))
	}
	emit := f.dec.emit
	f.id, f.dec = id, decoder{emit: emit}
	f.started, f.ended, f.mute = time.Time{}, false, false
}

// say puts a remark of Berth's into the log.
func (f *Follower) say(at time.Time, text string) {
	f.dec.flushBatch()
	f.ring.Append(Line{Time: at, Stream: Meta, Text: text})
}

// reading is one Run of a follower.
type reading struct {
	*Follower
	cli     *client.Client
	life    *lifeline
	pause   time.Duration
	damaged int
	live    bool // a running container was followed
}

// facts are what matters of a container's state.
type facts struct {
	tty, alive bool
	driver     string
	cri        bool      // the log is kept as CRI keeps it
	started    time.Time // zero when it never was
	finished   time.Time
	exit       int
}

func (r *reading) run(ctx context.Context) error {
	for {
		c, err := r.inspect(ctx)
		switch {
		case gone(err):
			r.dec.finishAll()
			r.say(time.Now(), "container removed")
			return nil
		case err != nil:
			return err
		}
		if !c.started.IsZero() && !r.mute {
			if err := r.catchUp(ctx, c); err != nil {
				return err
			}
			if c.alive && !r.mute {
				if err := r.follow(ctx, c); err != nil {
					return err
				}
				continue
			}
		}
		select { // stopped, not started yet, or a log that cannot be read: until something happens
		case <-ctx.Done():
			return ctx.Err()
		case <-r.life.wake:
		}
	}
}

// inspect asks for the container's state.
func (r *reading) inspect(ctx context.Context) (facts, error) {
	c, err := r.cli.ContainerInspect(ctx, r.id)
	if err != nil {
		return facts{}, err
	}
	f := facts{driver: c.HostConfig.LogConfig.Type, tty: c.Config.Tty, cri: isCRI(c.LogPath)}
	f.alive = c.State.Running && !c.State.Restarting && !c.State.Dead
	f.started, f.finished, f.exit = moment(c.State.StartedAt), moment(c.State.FinishedAt), c.State.ExitCode
	r.dec.loose = f.cri || f.driver == "journald"
	return f, nil
}

// isCRI reports whether a log's file is one of conmon's, which Podman keeps for the drivers json-file and k8s-file alike. Such a log
// has lines in parts that are cut anywhere and stamped each by itself, and a tail of it comes with parts joined to the line before
// theirs (seen with Podman 4.3). Neither can be asked for; the file is what tells them from Docker's, ID-json.log.
func isCRI(file string) bool { return file != "" && !strings.HasSuffix(file, "-json.log") }

// catchUp brings the follower to the run of the container that the facts are about: it reads and tells the end of the run
// that it knew, tells the start of another, and reads what a stopped one left.
func (r *reading) catchUp(ctx context.Context, c facts) error {
	if another := !r.started.IsZero() && !r.started.Equal(c.started); another {
		r.dec.runEnded(c.finished)
		if !r.ended {
			if err := r.read(ctx, c, false, lastWords(c.finished, c.started)); err != nil {
				return err
			}
			r.tellEnd(ctx, c)
		}
		r.say(c.started, "container started")
		r.started, r.ended = c.started, false
	}
	if r.started.IsZero() {
		r.started = c.started
	}
	if !c.alive && !r.ended {
		r.dec.runEnded(c.finished) // it may be started again before the log is asked for
		if err := r.read(ctx, c, false, time.Time{}); err != nil {
			return err
		}
		r.tellEnd(ctx, c)
	}
	return nil
}

// tellEnd says that the known run has ended, with its exit code where that can be known: the engine keeps only the last run's, and
// while a restart is under way it may not have it yet; an event tells it of any that ended while followed.
func (r *reading) tellEnd(ctx context.Context, c facts) {
	r.dec.finishAll()
	r.ended = true
	if r.mute {
		return
	}
	kept := r.started.Equal(c.started) && c.finished.After(c.started)
	if end, ok := r.exit(ctx, r.live || r.started.Equal(c.started) && !kept); ok {
		r.say(end.at, fmt.Sprintf("container stopped (exit %d)", end.code))
	} else if kept {
		r.say(c.finished, fmt.Sprintf("container stopped (exit %d)", c.exit))
	} else {
		r.say(c.finished, "container stopped")
	}
}

// exit gives the end of the known run as an event told it. That may be a moment behind, so it is waited for if wanted.
func (r *reading) exit(ctx context.Context, wait bool) (exit, bool) {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	for {
		if end, ok := r.life.exitAfter(r.started); ok || !wait {
			return end, ok
		}
		select {
		case <-r.life.wake:
		case <-timer.C:
			wait = false
		case <-ctx.Done():
			return exit{}, false
		}
	}
}

// follow reads a running container's log until its stream ends, and waits a moment when nothing came.
func (r *reading) follow(ctx context.Context, c facts) error {
	before := r.dec.count
	r.live = true
	if err := r.read(ctx, c, true, time.Time{}); err != nil {
		return err
	}
	if r.dec.count != before {
		r.pause = 0
	}
	r.pause = min(max(2*r.pause, pauseFirst), pauseMost)
	timer := time.NewTimer(r.pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.life.wake:
	case <-timer.C:
	}
	return nil
}

// adjudge decides what an error of reading means: nil when it is dealt with.
func (r *reading) adjudge(c facts, err error, progressed bool) error {
	switch {
	case err == nil:
		r.damaged = 0
		return nil
	case errors.Is(err, errBadFrame):
		if progressed {
			r.damaged = 0
		}
		if r.damaged++; r.damaged >= maxDamaged {
			return err
		}
		r.say(time.Now(), "the engine sent a damaged log stream; reading on from the last whole line")
		return nil
	case errdefs.IsNotImplemented(err), strings.Contains(err.Error(), "does not support reading"):
		r.mute = true
		r.say(time.Now(), fmt.Sprintf("this container's log cannot be read: its log driver is %q", c.driver))
		return nil
	case gone(err):
		return nil // removed meanwhile; the next inspect says so
	}
	return err
}

// gone reports that there is no such container. Podman 4.3 says so with a status of 500 while it removes one.
func gone(err error) bool { return err != nil && fault.KindOf(err) == fault.NotFound }

// moment reads a time of the engine's; the zero time stands for never.
func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t
}

// short is the usual short form of an id.
func short(id string) string { return id[:min(12, len(id))] }
