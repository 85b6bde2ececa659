// Package engine is everything Berth does with Docker, behind one façade: commands go in and return at once, snapshots
// come out.
//
// An Engine keeps itself connected to a Docker-compatible daemon, knows what exists there, runs long operations as
// tasks, follows the log that somebody reads and watches over the health of what runs. It knows of no window. The
// packages below it do one thing each: connect finds the daemon, image gets the image, volume and sandbox make what
// runs, watch sees it, logs reads it, task carries what takes long.
package engine

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/diagnose"
	"berth/engine/secret"
	"berth/engine/task"
	"berth/engine/watch"
)

// Options are what an Engine is given by the program that runs it.
type Options struct {
	Settings *config.Store // the settings file, loaded
	Secrets  secret.Store  // where passwords and provider keys are kept
	Where    connect.Where // the environment endpoints are looked for in
	Log      *slog.Logger  // the app log; nil discards
	About    About         // the program, for reports

	// Endpoint is the name or host of the endpoint to use whatever the settings choose; "" leaves it to them.
	Endpoint string
	// Tasks numbers the tasks; engines that share one have no number twice. Nil makes one of its own.
	Tasks *task.IDs
}

// Engine is the façade. Make one with Open, end it with Close. All methods are safe from any goroutine, and none waits for
// Docker but OpenURL.
type Engine struct {
	opts    Options
	log     *slog.Logger
	started time.Time
	tasks   *task.Runner
	super   *connect.Supervisor
	watcher *watch.Watcher
	stats   *watch.Stats
	health  *healthBook
	follows *followBook
	latest  *commandBook

	forwards *forwardBook

	link    broadcast     // the connection's status changed
	volumes atomic.Uint64 // counts what Berth did to volumes and backups
	seq     atomic.Uint64 // counts changes
	changed chan struct{} // capacity 1: look again
	wake    chan struct{} // capacity 1: the running session shall compare what runs with what it watches
	stop    context.CancelFunc
	wg      sync.WaitGroup

	closing     sync.Once
	tellSecrets sync.Once // where passwords are kept is said once

	ready atomic.Pointer[daemonLink] // the connected daemon, once what was left half done on it is finished
	arch  atomic.Value               // string: the processor of the daemon that was connected last, as Go names it

	mu      sync.Mutex // guards everything below
	snap    Snapshot   // as of snap.Seq
	notices []Notice
	failed  map[string]failure // why a sandbox's last command failed, by name
	look    look
	history map[string][]Moment     // states of the sandboxes, by name
	sizes   map[string]measuredSize // of volumes, by name
	disk    *diagnose.Disk          // what an engine keeps; nil until somebody asks
	diskOf  string                  // that engine's host
	met     string                  // key of the endpoint that was connected last
}

// daemonLink is a connected engine.
type daemonLink struct {
	client   *client.Client
	engine   connect.Engine
	endpoint connect.Endpoint
}

// look is what a person can see.
type look struct {
	visible bool
	sandbox string
}

// Open starts an engine layer. It begins to look for a daemon at once and never fails for want of one.
func Open(opts Options) *Engine {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	e := &Engine{
		opts: opts, log: opts.Log, started: time.Now(), stop: stop,
		changed: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		failed: map[string]failure{}, history: map[string][]Moment{}, sizes: map[string]measuredSize{},
	}
	e.tasks = task.NewRunner(e.touch, nil)
	if opts.Tasks != nil {
		e.tasks.Number(opts.Tasks)
	}
	e.watcher = watch.New(func() { signal(e.wake); e.touch() })
	e.stats = watch.NewStats(e.touch)
	e.health = newHealthBook(e.touch)
	e.follows = newFollowBook(e.touch)
	e.latest = newCommandBook()
	e.forwards = newForwardBook()
	e.opts.Where.Added = e.addedEndpoints
	e.super = connect.NewSupervisor(connect.Options{
		Where: e.opts.Where, Choose: e.Settings().Endpoint,
		Changed: func() { e.link.fire(); e.touch() },
	})
	e.wg.Add(1)
	go func() {
		defer e.wg.Done()
		e.super.Run(ctx, e.session)
	}()
	e.wg.Add(1)
	go func() {
		defer e.wg.Done()
		e.keepSchedule(ctx)
	}()
	return e
}

// Close ends every task and goroutine and waits for them. Nothing in Docker is stopped. Closing twice is closing once.
func (e *Engine) Close() {
	e.closing.Do(func() {
		e.tasks.Close()
		e.forwards.close()
		e.stop()
		e.wg.Wait()
	})
}

// Changed says "look again". Its capacity is 1, so any number of changes is one signal.
func (e *Engine) Changed() <-chan struct{} { return e.changed }

// touch notes that a snapshot taken now would differ from the last one.
func (e *Engine) touch() {
	e.seq.Add(1)
	signal(e.changed)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Settings are the settings in force.
func (e *Engine) Settings() config.Settings {
	s := e.opts.Settings.Settings()
	if e.opts.Endpoint != "" {
		s.Endpoint = e.opts.Endpoint
	}
	return s
}

// Apply checks and saves settings and puts them in force. On an error nothing has changed.
func (e *Engine) Apply(s config.Settings) error {
	before := e.Settings()
	if err := e.opts.Settings.Save(s); err != nil {
		return err
	}
	if s.Endpoint != before.Endpoint {
		e.super.Choose(s.Endpoint)
	} else if !slices.Equal(s.Endpoints, before.Endpoints) {
		e.super.LookAgain()
	}
	e.touch()
	return nil
}

// LookAgain searches for an engine now instead of at the next try; while one is connected, it asks the others whether they would
// answer.
func (e *Engine) LookAgain() { e.super.LookAgain() }

// Choose uses another endpoint from now on and remembers it; "" goes back to choosing by itself.
func (e *Engine) Choose(endpoint string) {
	s := e.Settings()
	s.Endpoint = endpoint
	if err := e.Apply(s); err != nil {
		e.log.Warn("the chosen endpoint could not be saved", "err", err)
		e.super.Choose(endpoint)
	}
}

// broadcast wakes everybody who waits for one thing to change.
type broadcast struct {
	mu      sync.Mutex
	waiting chan struct{} // closed at the next change; nil while nobody waits
}

// wait gives a channel that is closed at the next change. Take it before looking at what may change.
func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = make(chan struct{})
	}
	return b.waiting
}

func (b *broadcast) fire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting != nil {
		close(b.waiting)
		b.waiting = nil
	}
}
