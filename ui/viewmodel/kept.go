package viewmodel

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2/data/binding"

	"berth/engine"
	"berth/engine/task"
	"berth/ui/i18n"
)

// PointRow is one rollback point as its list shows it.
type PointRow struct {
	ID      string
	Age     string // "2 h ago"
	Reason  string // "before an update"
	Version string // "opencode 1.17.9"
	Image   string
	Holds   string // the roles whose data it has: "Sessions, Settings"
}

// BackupRow is one backup file as its list shows it.
type BackupRow struct {
	Path string
	Name string // of the file
	Of   string // the sandbox
	Age  string // "2 h ago"
	Size string
	Made string // "by itself", "by hand"
}

// Kept is what is kept of the chosen sandbox: its volumes, its rollback points, its backups. It is read while somebody looks.
type Kept struct {
	app *App

	Revision binding.Item[uint64] // grows when the answers below changed
	Trouble  binding.String       // why the points could not be read

	watched bool
	name    string // the sandbox that the answers are of
	asked   string // what was asked for last
	askedAt time.Time
	points  []engine.Point
	backups []engine.BackupFile
	shown   string // what the lists look like, to see whether they changed
}

// keptAge is how old the list of backups may become while somebody looks: files come and go without a word.
const keptAge = 15 * time.Second

func newKept(app *App) *Kept {
	return &Kept{app: app, Revision: newBound(same[uint64]), Trouble: newString()}
}

// Watch tells whether somebody looks at what is kept.
func (k *Kept) Watch(watched bool) {
	if watched && !k.watched {
		k.asked = ""
	}
	k.watched = watched
	k.apply(k.app.snapshot, k.app.Now())
}

// Volumes are the sandbox's own volumes.
func (k *Kept) Volumes() []VolumeRow {
	var rows []VolumeRow
	for _, v := range k.app.Volumes.values {
		if v.Sandbox == k.name && v.Point == "" {
			rows = append(rows, k.app.Volumes.row(v, k.app.Now()))
		}
	}
	return rows
}

// Points are the sandbox's rollback points, the newest first.
func (k *Kept) Points() []PointRow { return pointRows(k.points, k.app.Now()) }

// Backups are the sandbox's backups in the folder of the settings, the newest first.
func (k *Kept) Backups() []BackupRow { return backupRows(k.backups, k.app.Now()) }

// Folder is where backups go.
func (k *Kept) Folder() string { return k.app.Settings.Value().Backup.Dir() }

func pointRows(points []engine.Point, now time.Time) []PointRow {
	rows := make([]PointRow, len(points))
	for i, p := range points {
		rows[i] = PointRow{ID: p.ID, Age: i18n.T("%s ago", Age(now.Sub(p.Created))), Reason: ReasonWords(p.Reason), Image: p.Image}
		rows[i].Version = versionWords(p.Version)
		var holds []string
		for _, role := range p.Roles {
			holds = append(holds, RoleWords(role))
		}
		rows[i].Holds = strings.Join(holds, ", ")
	}
	return rows
}

func backupRows(files []engine.BackupFile, now time.Time) []BackupRow {
	rows := make([]BackupRow, len(files))
	for i, b := range files {
		rows[i] = BackupRow{Path: b.Path, Name: filepath.Base(b.Path), Of: b.Sandbox, Age: i18n.T("%s ago", Age(now.Sub(b.At))), Size: Size(b.Size), Made: i18n.T("by hand")}
		if b.Scheduled {
			rows[i].Made = i18n.T("by itself")
		}
	}
	return rows
}

// ReasonWords is why a rollback point was made.
func ReasonWords(reason string) string {
	switch reason {
	case "update":
		return i18n.T("before an update")
	case "restore":
		return i18n.T("before a restore")
	case "rollback":
		return i18n.T("before a rollback")
	case "edit":
		return i18n.T("before an edit")
	case "recovery":
		return i18n.T("before a recovery")
	}
	return reason
}

func (k *Kept) apply(s engine.Snapshot, now time.Time) {
	name := get(k.app.Detail.Name)
	if get(k.app.Detail.Other) {
		name = ""
	}
	if name != k.name {
		k.name, k.asked, k.points, k.backups = name, "", nil, nil // never under another's name
		set(k.Trouble, "")
	}
	if !k.watched || name == "" || get(k.app.Page) != SandboxesPage {
		return
	}
	k.show()
	key := fmt.Sprint(name, s.Volumes, k.app.Volumes.revision, s.Engine.Phase)
	if key == k.asked && now.Sub(k.askedAt) < keptAge {
		return
	}
	k.asked, k.askedAt = key, now
	k.app.Async(func(ctx context.Context) func() {
		points, err := k.app.engine.Points(ctx, name)
		backups := k.app.engine.Backups(name)
		return func() {
			if name != k.name {
				return
			}
			set(k.Trouble, "")
			if err != nil {
				set(k.Trouble, Cause(err))
			}
			k.points, k.backups = points, backups
			k.show()
		}
	})
}

// show tells when the lists read other than before.
func (k *Kept) show() {
	now := fmt.Sprint(k.name, k.Folder(), k.Points(), k.Backups())
	for _, v := range k.Volumes() {
		now += fmt.Sprint(v.Name, v.Measured(), v.Files)
	}
	if now != k.shown {
		k.shown = now
		grow(k.Revision)
	}
}

// Clone makes a sandbox with a copy of another one's volumes.
func (k *Kept) Clone(name, to string) task.ID { return k.app.engine.Clone(name, to) }

// Update takes a sandbox to the newest image.
func (k *Kept) Update(name string) task.ID { return k.app.engine.Update(name) }

// Rollback takes a sandbox back to a rollback point.
func (k *Kept) Rollback(name, point string) task.ID { return k.app.engine.Rollback(name, point) }

// RemovePoint removes a rollback point.
func (k *Kept) RemovePoint(name, point string) task.ID {
	return k.app.engine.RemovePoint(name, point)
}

// DeleteData deletes a sandbox with all that is in it.
func (k *Kept) DeleteData(name string) task.ID { return k.app.engine.DeleteData(name) }

// Repair gives what the volumes hold to opencode's user, and the mounted folder too when folders says so.
func (k *Kept) Repair(name string, folders bool) task.ID { return k.app.engine.Repair(name, folders) }

// Backup writes a sandbox into a file; with an empty path into the folder of the settings.
func (k *Kept) Backup(name, path string) task.ID { return k.app.engine.Backup(name, path) }

// Import makes a sandbox with a copy of what a source holds.
func (k *Kept) Import(source, to string) task.ID { return k.app.engine.Import(source, to) }

// AskPoints reads a sandbox's rollback points, the newest first.
func (k *Kept) AskPoints(name string, then func([]PointRow, error)) {
	k.app.Async(func(ctx context.Context) func() {
		points, err := k.app.engine.Points(ctx, name)
		return func() { then(pointRows(points, k.app.Now()), err) }
	})
}

// ProjectsFolder is the folder of the engine's computer that a sandbox mounts as projects; "" when they are on a volume.
func (k *Kept) ProjectsFolder(name string) string {
	one, _ := k.app.sandbox(name)
	return one.Spec.Projects
}

// sandbox is a sandbox of the snapshot.
func (a *App) sandbox(name string) (engine.Sandbox, bool) {
	for _, one := range a.snapshot.Sandboxes {
		if one.Name == name {
			return one, true
		}
	}
	return engine.Sandbox{}, false
}
