// Package fleet makes one of several engines: the one that is chosen, which everything acts on that names no other, and further
// ones whose sandboxes stand beside its own. Each is an engine.Engine with a connection of its own, so one that hangs or is away
// keeps nobody waiting but itself.
//
// What belongs to a further engine has its name behind an "@", which no sandbox, volume or container has in its name; a command is
// brought to the engine by that. With no further engine a Fleet is the first one and nothing else.
package fleet

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/logs"
	"berth/engine/task"
)

// Fleet is the engines that are chosen. Make one with Open, end it with Close. All methods are safe from any goroutine, and wait
// only where those of an Engine do.
type Fleet struct {
	*engine.Engine // the first

	opts    engine.Options
	changed chan struct{} // capacity 1: look again
	stop    context.CancelFunc
	ctx     context.Context
	wg      sync.WaitGroup
	noLog   *logs.Ring // that of a sandbox whose engine is not there

	mu      sync.Mutex // guards everything below
	members []*member  // in the order of the settings; those that leave last
	looked  look
	notices []engine.Notice // the fleet's own
	closed  bool
}

// member is a further engine.
type member struct {
	name    string
	host    config.Endpoint // as it was added by hand; zero when it was found
	engine  *engine.Engine
	leaving atomic.Bool // no longer chosen: it ends with its last task
	end     context.CancelFunc
}

// look is what a person can see.
type look struct {
	visible bool
	sandbox string
}

// Open starts the engines that the settings choose.
func Open(opts engine.Options) *Fleet {
	opts.Tasks = new(task.IDs)
	f := &Fleet{Engine: engine.Open(opts), opts: opts, changed: make(chan struct{}, 1), noLog: logs.NewRing(1, 1, func() {})}
	f.ctx, f.stop = context.WithCancel(context.Background())
	f.wg.Go(func() {
		for {
			select {
			case <-f.ctx.Done():
				return
			case <-f.Engine.Changed():
				f.muster() // the first may have become one of the further ones
				f.touch()
			}
		}
	})
	f.muster()
	return f
}

// Close ends all engines and waits for them.
func (f *Fleet) Close() {
	f.mu.Lock()
	f.closed = true
	members := f.members
	f.members = nil
	f.mu.Unlock()
	f.stop()
	var all sync.WaitGroup
	for _, m := range members {
		all.Go(m.engine.Close)
	}
	f.Engine.Close()
	all.Wait()
	f.wg.Wait()
}

// Changed says "look again". Its capacity is 1, so any number of changes is one signal.
func (f *Fleet) Changed() <-chan struct{} { return f.changed }

func (f *Fleet) touch() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// Apply checks and saves settings and puts them in force.
func (f *Fleet) Apply(s config.Settings) error {
	if err := f.Engine.Apply(s); err != nil {
		return err
	}
	f.muster()
	f.touch()
	return nil
}

// LookAgain searches now for every engine that is not there.
func (f *Fleet) LookAgain() {
	f.Engine.LookAgain()
	for _, m := range f.present() {
		if m.engine.Snapshot().Engine.Phase != connect.Connected {
			m.engine.LookAgain()
		}
	}
}

// Look tells what a person can see.
func (f *Fleet) Look(visible bool, name string) {
	f.mu.Lock()
	f.looked = look{visible, name}
	members := slices.Clone(f.members)
	f.mu.Unlock()
	base, of := split(name)
	own := ""
	if of == "" {
		own = base
	}
	f.Engine.Look(visible, own)
	for _, m := range members {
		m.look(visible, name)
	}
}

func (m *member) look(visible bool, name string) {
	base, of := split(name)
	if of != m.name {
		base = ""
	}
	m.engine.Look(visible, base)
}

// muster makes the further engines those that the settings choose: opens those that are new, and lets those go that are not
// chosen any more, once their tasks are over.
func (f *Fleet) muster() {
	settings := f.Settings()
	first := f.Engine.Snapshot().Engine.Endpoint
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	var members []*member
	for _, name := range settings.AlsoEndpoints {
		if name == settings.Endpoint || name == first.Name || slices.ContainsFunc(members, func(m *member) bool { return m.name == name }) {
			continue // the first has its sandboxes in the table already
		}
		host := addressOf(settings, name)
		i := slices.IndexFunc(f.members, func(m *member) bool { return m.name == name && m.host == host })
		if i >= 0 {
			f.members[i].leaving.Store(false)
			members = append(members, f.members[i])
			continue
		}
		members = append(members, f.open(name, host))
	}
	for _, m := range f.members {
		if !slices.Contains(members, m) {
			m.leaving.Store(true)
			if m.idle() {
				m.end()
				continue
			}
			members = append(members, m)
		}
	}
	f.members = members
}

// addressOf is an endpoint as it was added by hand; zero for one that is found.
func addressOf(s config.Settings, name string) config.Endpoint {
	for _, ep := range s.Endpoints {
		if ep.Name == name {
			return ep
		}
	}
	return config.Endpoint{}
}

// open starts a further engine and what hears of its changes. Guarded by mu.
func (f *Fleet) open(name string, host config.Endpoint) *member {
	opts := f.opts
	opts.Endpoint = name
	if opts.Log != nil {
		opts.Log = opts.Log.With("engine", name)
	}
	ctx, end := context.WithCancel(f.ctx)
	m := &member{name: name, host: host, engine: engine.Open(opts), end: end}
	m.look(f.looked.visible, f.looked.sandbox)
	f.wg.Go(func() {
		defer m.engine.Close() // twice at the end of all, which is once
		for {
			select {
			case <-ctx.Done():
				return
			case <-m.engine.Changed():
				f.dismiss(m)
				f.touch()
			}
		}
	})
	return m
}

// dismiss ends an engine that is not chosen any more once nothing is under way on it.
func (f *Fleet) dismiss(m *member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.leaving.Load() && m.idle() {
		m.end()
		f.members = slices.DeleteFunc(f.members, func(one *member) bool { return one == m })
	}
}

// idle reports whether none of its tasks is under way.
func (m *member) idle() bool {
	return !slices.ContainsFunc(m.engine.Snapshot().Tasks, func(t task.View) bool { return !t.State.Over() })
}

// present are the further engines now.
func (f *Fleet) present() []*member {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.members)
}

// split takes a name apart: the sandbox's own, and that of the further engine it is on; "" for the first.
func split(name string) (base, of string) {
	base, of, _ = strings.Cut(name, "@")
	return base, of
}

// qualified is a name of something of this engine as the fleet has it.
func (m *member) qualified(name string) string {
	if name == "" {
		return ""
	}
	return name + "@" + m.name
}

// on gives the engine that a name belongs to, and the name that has there. When that engine is not one of the fleet any more, it
// tells the person and gives nil.
func (f *Fleet) on(name string) (*engine.Engine, string) {
	base, of := split(name)
	if of == "" {
		return f.Engine, base
	}
	for _, m := range f.present() {
		if m.name == of {
			return m.engine, base
		}
	}
	said := engine.Notice{At: time.Now(), Subject: name, Text: "The engine of " + name + " is not shown any more."}
	if base == "" { // of no sandbox: an image, say
		said.Subject, said.Text = "", "The engine "+of+" is not shown any more."
	}
	f.mu.Lock()
	f.notices = append(f.notices, said)
	f.mu.Unlock()
	f.touch()
	return nil, base
}

// byTask is the engine that a task runs on; the first when none has it.
func (f *Fleet) byTask(id task.ID) *engine.Engine {
	for _, m := range f.present() {
		if m.engine.HasTask(id) {
			return m.engine
		}
	}
	return f.Engine
}
