package fleet

import (
	"context"
	"time"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/config"
	"berth/engine/fault"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// memberPatience is how long a further engine has to answer where the answers of all are put together.
const memberPatience = 5 * time.Second

var errGone = fault.New(fault.NotFound, "ask the engine", "it is not shown any more")

// command gives a command to the engine of a name.
func (f *Fleet) command(name string, do func(e *engine.Engine, name string) task.ID) task.ID {
	e, base := f.on(name)
	if e == nil {
		return 0
	}
	return do(e, base)
}

// ask asks the engine of a name.
func ask[T any](f *Fleet, name string, do func(e *engine.Engine, name string) (T, error)) (answer T, err error) {
	e, base := f.on(name)
	if e == nil {
		return answer, errGone
	}
	return do(e, base)
}

// tell is ask for what only succeeds or fails.
func (f *Fleet) tell(name string, do func(e *engine.Engine, name string) error) error {
	_, err := ask(f, name, func(e *engine.Engine, name string) (struct{}, error) { return struct{}{}, do(e, name) })
	return err
}

// Start brings a sandbox up.
func (f *Fleet) Start(name string) task.ID { return f.command(name, (*engine.Engine).Start) }

// Stop stops it.
func (f *Fleet) Stop(name string) task.ID { return f.command(name, (*engine.Engine).Stop) }

// Restart restarts it.
func (f *Fleet) Restart(name string) task.ID { return f.command(name, (*engine.Engine).Restart) }

// Remove removes its container.
func (f *Fleet) Remove(name string) task.ID { return f.command(name, (*engine.Engine).Remove) }

// Update takes it to the newest image.
func (f *Fleet) Update(name string) task.ID { return f.command(name, (*engine.Engine).Update) }

// DeleteData deletes it with all that is in it.
func (f *Fleet) DeleteData(name string) task.ID { return f.command(name, (*engine.Engine).DeleteData) }

// NewPassword gives it another password.
func (f *Fleet) NewPassword(name string) task.ID {
	return f.command(name, (*engine.Engine).NewPassword)
}

// Create makes a sandbox on the engine that its name says.
func (f *Fleet) Create(spec sandbox.Spec) task.ID {
	return f.command(spec.Name, func(e *engine.Engine, name string) task.ID {
		spec.Name = name
		return e.Create(spec)
	})
}

// Edit changes a sandbox.
func (f *Fleet) Edit(spec sandbox.Spec) task.ID {
	return f.command(spec.Name, func(e *engine.Engine, name string) task.ID {
		spec.Name = name
		return e.Edit(spec)
	})
}

// Backup writes a sandbox into one file.
func (f *Fleet) Backup(name, path string) task.ID {
	return f.command(name, func(e *engine.Engine, name string) task.ID { return e.Backup(name, path) })
}

// Restore brings a backup back under a name.
func (f *Fleet) Restore(path, name string, wide bool) task.ID {
	return f.command(name, func(e *engine.Engine, name string) task.ID { return e.Restore(path, name, wide) })
}

// Clone makes a sandbox with a copy of another one's volumes, on the same engine.
func (f *Fleet) Clone(name, to string) task.ID {
	to, _ = split(to)
	return f.command(name, func(e *engine.Engine, name string) task.ID { return e.Clone(name, to) })
}

// Rollback takes a sandbox back to a rollback point.
func (f *Fleet) Rollback(name, point string) task.ID {
	return f.command(name, func(e *engine.Engine, name string) task.ID { return e.Rollback(name, point) })
}

// RemovePoint removes a rollback point.
func (f *Fleet) RemovePoint(name, point string) task.ID {
	return f.command(name, func(e *engine.Engine, name string) task.ID { return e.RemovePoint(name, point) })
}

// Repair gives all that a sandbox's volumes hold to opencode's user.
func (f *Fleet) Repair(name string, folders bool) task.ID {
	return f.command(name, func(e *engine.Engine, name string) task.ID { return e.Repair(name, folders) })
}

// SaveLog writes a sandbox's whole log to a file.
func (f *Fleet) SaveLog(name, path string) task.ID {
	return f.command(name, func(e *engine.Engine, name string) task.ID { return e.SaveLog(name, path) })
}

// SaveFile writes one file of a sandbox's volume to this computer.
func (f *Fleet) SaveFile(name string, role agent.Role, file, path string) task.ID {
	return f.command(name, func(e *engine.Engine, name string) task.ID { return e.SaveFile(name, role, file, path) })
}

// OpenURL is an address that takes a browser to a sandbox, signed in.
func (f *Fleet) OpenURL(ctx context.Context, name string) (string, error) {
	return ask(f, name, func(e *engine.Engine, name string) (string, error) { return e.OpenURL(ctx, name) })
}

// Details looks at a sandbox.
func (f *Fleet) Details(ctx context.Context, name string) (engine.Details, error) {
	whole := name
	return ask(f, name, func(e *engine.Engine, name string) (engine.Details, error) {
		d, err := e.Details(ctx, name)
		d.Name = whole
		return d, err
	})
}

// DockerCommand is a spec as docker commands.
func (f *Fleet) DockerCommand(spec sandbox.Spec) (string, error) {
	return ask(f, spec.Name, func(e *engine.Engine, name string) (string, error) {
		spec.Name = name
		return e.DockerCommand(spec)
	})
}

// Providers lists what providers a sandbox's opencode knows.
func (f *Fleet) Providers(ctx context.Context, name string) ([]engine.Provider, error) {
	return ask(f, name, func(e *engine.Engine, name string) ([]engine.Provider, error) { return e.Providers(ctx, name) })
}

// SetKey gives a sandbox the key of a provider.
func (f *Fleet) SetKey(ctx context.Context, name, provider, key string) error {
	return f.tell(name, func(e *engine.Engine, name string) error { return e.SetKey(ctx, name, provider, key) })
}

// GiveKey gives a sandbox the kept key of a provider.
func (f *Fleet) GiveKey(ctx context.Context, name, provider string) error {
	return f.tell(name, func(e *engine.Engine, name string) error { return e.GiveKey(ctx, name, provider) })
}

// RemoveKey takes the key of a provider away from a sandbox.
func (f *Fleet) RemoveKey(ctx context.Context, name, provider string) error {
	return f.tell(name, func(e *engine.Engine, name string) error { return e.RemoveKey(ctx, name, provider) })
}

// Points lists a sandbox's rollback points.
func (f *Fleet) Points(ctx context.Context, name string) ([]engine.Point, error) {
	return ask(f, name, func(e *engine.Engine, name string) ([]engine.Point, error) { return e.Points(ctx, name) })
}

// DataOf looks what would be gone with a sandbox's volumes.
func (f *Fleet) DataOf(ctx context.Context, name string) (engine.Data, error) {
	return ask(f, name, func(e *engine.Engine, name string) (engine.Data, error) { return e.DataOf(ctx, name) })
}

// Browse lists a folder of a sandbox's volume.
func (f *Fleet) Browse(ctx context.Context, name string, role agent.Role, folder string) ([]engine.File, error) {
	return ask(f, name, func(e *engine.Engine, name string) ([]engine.File, error) { return e.Browse(ctx, name, role, folder) })
}

// Backups lists the backups of a sandbox; of all when name is "".
func (f *Fleet) Backups(name string) []engine.BackupFile {
	e, base := f.on(name)
	if e == nil {
		return nil
	}
	return e.Backups(base)
}

// Log is the log of a sandbox.
func (f *Fleet) Log(name string) *logs.Ring {
	e, base := f.on(name)
	if e == nil {
		return f.noLog
	}
	return e.Log(base)
}

// Cancel asks a task to end.
func (f *Fleet) Cancel(id task.ID) { f.byTask(id).Cancel(id) }

// Again starts a new task that does what that finished one did.
func (f *Fleet) Again(id task.ID) task.ID { return f.byTask(id).Again(id) }

// TaskLog is the log of a task.
func (f *Fleet) TaskLog(id task.ID, step string) []task.LogLine {
	return f.byTask(id).TaskLog(id, step)
}

// ForgetTasks empties the history of finished tasks.
func (f *Fleet) ForgetTasks() {
	f.Engine.ForgetTasks()
	for _, m := range f.present() {
		m.engine.ForgetTasks()
	}
}

// Measure counts what the volumes of every engine hold, and gives the first engine's task.
func (f *Fleet) Measure() task.ID {
	for _, m := range f.present() {
		m.engine.Measure()
	}
	return f.Engine.Measure()
}

// Volumes lists the volumes of every engine. A further one that does not answer in time has none in the list.
func (f *Fleet) Volumes(ctx context.Context) ([]engine.Volume, error) {
	return gather(ctx, f, f.Engine.Volumes, func(ctx context.Context, m *member) ([]engine.Volume, error) {
		list, err := m.engine.Volumes(ctx)
		for i, v := range list {
			list[i].Name, list[i].Sandbox = m.qualified(v.Name), m.qualified(v.Sandbox)
		}
		return list, err
	})
}

// Choose uses another endpoint as the first from now on.
func (f *Fleet) Choose(endpoint string) {
	f.Engine.Choose(endpoint)
	f.muster()
	f.touch()
}

// Settings are the settings in force.
func (f *Fleet) Settings() config.Settings { return f.Engine.Settings() }
