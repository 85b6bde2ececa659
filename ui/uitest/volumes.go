package uitest

import (
	"context"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/task"
)

// Kept is what the fake tells of volumes, backups and rollback points.
type Kept struct {
	Volumes []engine.Volume
	Backups []engine.BackupFile
	Backup  engine.BackupInfo
	Points  []engine.Point
	Data    engine.Data
	Files   map[string][]engine.File // by folder
	Sources []engine.Source
	Err     error // of all that waits
}

func (f *Engine) Volumes(context.Context) ([]engine.Volume, error) { return f.Kept.Volumes, f.Kept.Err }
func (f *Engine) Measure() task.ID                                 { return f.tell("measure") }
func (f *Engine) Backup(name, path string) task.ID                 { return f.tell("backup %s to %q", name, path) }
func (f *Engine) Backups(string) []engine.BackupFile               { return f.Kept.Backups }

func (f *Engine) InspectBackup(string) (engine.BackupInfo, error) { return f.Kept.Backup, f.Kept.Err }

func (f *Engine) Restore(path, name string, wide bool) task.ID {
	return f.tell("restore %s as %s wide=%v", path, name, wide)
}
func (f *Engine) Clone(name, to string) task.ID { return f.tell("clone %s to %s", name, to) }
func (f *Engine) Update(name string) task.ID    { return f.tell("update %s", name) }

func (f *Engine) Points(context.Context, string) ([]engine.Point, error) {
	return f.Kept.Points, f.Kept.Err
}

func (f *Engine) Rollback(name, point string) task.ID {
	return f.tell("roll %s back to %s", name, point)
}

func (f *Engine) RemovePoint(name, point string) task.ID {
	return f.tell("remove point %s of %s", point, name)
}

func (f *Engine) DataOf(context.Context, string) (engine.Data, error) { return f.Kept.Data, f.Kept.Err }

func (f *Engine) DeleteData(name string) task.ID { return f.tell("delete data of %s", name) }

func (f *Engine) Repair(name string, folders bool) task.ID {
	return f.tell("repair %s folders=%v", name, folders)
}

func (f *Engine) Browse(_ context.Context, _ string, _ agent.Role, folder string) ([]engine.File, error) {
	return f.Kept.Files[folder], f.Kept.Err
}

func (f *Engine) SaveFile(name string, role agent.Role, file, path string) task.ID {
	return f.tell("save %s %s %s to %s", name, role, file, path)
}

func (f *Engine) Sources(context.Context) ([]engine.Source, error) { return f.Kept.Sources, f.Kept.Err }

func (f *Engine) Import(source, to string) task.ID { return f.tell("import %s to %s", source, to) }
