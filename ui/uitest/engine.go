// Package uitest is a fake of the engine layer for the window's tests: it answers with the snapshot it is given and records
// what it is told. Nothing but tests imports it.
package uitest

import (
	"context"
	"fmt"

	"berth/engine"
	"berth/engine/config"
	"berth/engine/connect"
	"berth/engine/diagnose"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/engine/secret"
	"berth/engine/task"
)

// Engine is an engine that records what it is told.
type Engine struct {
	Now    engine.Snapshot // what Snapshot answers
	Told   []string        // every command, in words
	Asked  []string        // the sandboxes whose details were asked for
	Saved  config.Settings
	Refuse error      // why Apply refuses; nil when it does not
	Ring   *logs.Ring // the log of every sandbox

	Specs    []sandbox.Spec // what Create and Edit were given
	Detailed engine.Details // what Details answers
	Listed   []engine.Image // what Images answers
	ListErr  error          // why Images fails; nil when it does not
	NewerErr error          // why Newer fails; it answers yes otherwise
	TryErr   error          // why TryEndpoint fails; it answers as Docker does otherwise
	Kept     Kept           // volumes, backups and rollback points
	Keys     Keys           // provider keys

	Report  diagnose.Report // what Diagnose answers
	Reports int             // how often it was asked
}

// New makes a fake with the default settings and an empty log of a hundred lines.
func New() *Engine {
	return &Engine{Saved: config.Default(), Ring: logs.NewRing(100, 1<<20, func() {}), Keys: Keys{Place: secret.Place{Keyring: true}}}
}

func (f *Engine) tell(format string, args ...any) task.ID {
	f.Told = append(f.Told, fmt.Sprintf(format, args...))
	return task.ID(len(f.Told))
}
func (f *Engine) Snapshot() engine.Snapshot   { return f.Now }
func (f *Engine) Changed() <-chan struct{}    { return nil }
func (f *Engine) Start(name string) task.ID   { return f.tell("start %s", name) }
func (f *Engine) Stop(name string) task.ID    { return f.tell("stop %s", name) }
func (f *Engine) Restart(name string) task.ID { return f.tell("restart %s", name) }
func (f *Engine) Remove(name string) task.ID  { return f.tell("remove %s", name) }
func (f *Engine) Create(spec sandbox.Spec) task.ID {
	f.Specs = append(f.Specs, spec)
	return f.tell("create %s", spec.Name)
}

func (f *Engine) Edit(spec sandbox.Spec) task.ID {
	f.Specs = append(f.Specs, spec)
	return f.tell("edit %s", spec.Name)
}

func (f *Engine) Details(_ context.Context, name string) (engine.Details, error) {
	f.Asked = append(f.Asked, name)
	d := f.Detailed
	d.Name = name
	return d, nil
}

func (f *Engine) DockerCommand(spec sandbox.Spec) (string, error) {
	return "docker run " + spec.Name + "\n", nil
}

func (f *Engine) SaveLog(name, path string) task.ID              { return f.tell("save log %s to %s", name, path) }
func (f *Engine) Images(context.Context) ([]engine.Image, error) { return f.Listed, f.ListErr }

func (f *Engine) NewerOn(context.Context, string, string) (bool, error) {
	return f.NewerErr == nil, f.NewerErr
}

func (f *Engine) BuildImageOn(on string, fresh bool) task.ID {
	return f.tell("build fresh=%v%s", fresh, where(on))
}

func (f *Engine) PullImageOn(on, reference string) task.ID {
	return f.tell("pull %s%s", reference, where(on))
}

// where says a further engine.
func where(on string) string {
	if on == "" {
		return ""
	}
	return " on " + on
}

func (f *Engine) RemoveImage(i engine.Image) task.ID { return f.tell("remove image %s", i.ID) }
func (f *Engine) CleanImages() task.ID               { return f.tell("clean") }

// ImageFor is the pinned one when it is built, and the first reference when one is pulled.
func (f *Engine) ImageFor(s config.Settings) string {
	if s.Image.Source == config.SourcePull && len(s.Image.References) > 0 {
		return s.Image.References[0]
	}
	return "berth/opencode:1.18.33"
}

func (f *Engine) Cancel(id task.ID)        { f.tell("cancel %d", id) }
func (f *Engine) Again(id task.ID) task.ID { return f.tell("again %d", id) }
func (f *Engine) TaskLog(task.ID, string) []task.LogLine {
	return []task.LogLine{{Text: "one"}, {Text: "two"}}
}
func (f *Engine) ForgetTasks()                                    { f.tell("forget") }
func (f *Engine) OpenURL(context.Context, string) (string, error) { return "http://127.0.0.1:1/", nil }

func (f *Engine) Look(visible bool, name string) { f.tell("look %v %s", visible, name) }
func (f *Engine) Log(string) *logs.Ring          { return f.Ring }
func (f *Engine) LookAgain()                     { f.tell("look again") }
func (f *Engine) Choose(endpoint string)         { f.tell("choose %s", endpoint) }
func (f *Engine) StartEngine() task.ID           { return f.tell("start engine") }
func (f *Engine) TryEndpoint(_ context.Context, ep config.Endpoint) (connect.Engine, error) {
	f.tell("try %s", ep.Host)
	if f.TryErr != nil {
		return connect.Engine{}, f.TryErr
	}
	return connect.Engine{Product: "Docker", Version: "28.5.2"}, nil
}
func (f *Engine) MeasureDisk() task.ID { return f.tell("measure the disk") }
func (f *Engine) Diagnose(context.Context) diagnose.Report {
	f.Reports++
	return f.Report
}
func (f *Engine) Settings() config.Settings { return f.Saved }
func (f *Engine) Apply(s config.Settings) error {
	if f.Refuse == nil {
		f.Saved = s
	}
	return f.Refuse
}

// Connected is a snapshot of a working engine with these sandboxes.
func Connected(sandboxes ...engine.Sandbox) engine.Snapshot {
	return engine.Snapshot{
		Listed: true, Sandboxes: sandboxes,
		Engine: connect.Status{
			Phase: connect.Connected, Endpoint: connect.Endpoint{Name: "default", Host: "unix:///var/run/docker.sock"},
			Engine: connect.Engine{Product: "Docker", Version: "28.5.2"},
		},
	}
}
