package viewmodel

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"berth/engine/backup"
	"berth/engine/task"
	"berth/ui/i18n"
)

// BackupForm is where a backup of a sandbox goes.
type BackupForm struct {
	app     *App
	Sandbox string
	Folder  string
	Name    string
	there   map[string]bool // paths that were looked at, and whether a file is there
}

// NewBackup is the form with the folder of the settings and the usual name.
func (a *App) NewBackup(sandbox string) *BackupForm {
	return &BackupForm{
		app: a, Sandbox: sandbox, Folder: a.Settings.Value().Backup.Dir(), Name: backup.FileName(sandbox, a.Now()), there: map[string]bool{},
	}
}

// Path is the file that is written.
func (f *BackupForm) Path() string {
	name := strings.TrimSpace(f.Name)
	if name != "" && !strings.HasSuffix(name, backup.Extension) {
		name += backup.Extension
	}
	return filepath.Join(strings.TrimSpace(f.Folder), name)
}

// CheckFolder says what there is to say of the folder.
func (f *BackupForm) CheckFolder() Finding {
	switch folder := strings.TrimSpace(f.Folder); {
	case !filepath.IsAbs(folder):
		return Finding{Text: i18n.T("Write the full path of a folder."), Bad: true}
	case filepath.Clean(folder) != filepath.Clean(f.app.Settings.Value().Backup.Dir()):
		return Finding{Text: i18n.T("Only backups in the folder of the settings are listed.")}
	}
	return Finding{}
}

// CheckName says what there is to say of the file's name.
func (f *BackupForm) CheckName() Finding {
	name := strings.TrimSpace(f.Name)
	switch {
	case name == "" || name == backup.Extension:
		return Finding{Text: i18n.T("A file needs a name."), Bad: true}
	case strings.ContainsAny(name, `/\`):
		return Finding{Text: i18n.T("The folder goes below."), Bad: true}
	case f.there[f.Path()]:
		return Finding{Text: i18n.T("There is a file of that name already."), Bad: true}
	}
	if _, _, ok := backup.NameOf(f.Path()); !ok {
		return Finding{Text: i18n.T("A backup of another name is not listed: keep the form NAME-YYYYMMDD-HHMMSS.berth.")}
	}
	return Finding{}
}

// Ready reports whether it can be carried out.
func (f *BackupForm) Ready() bool { return !f.CheckFolder().Bad && !f.CheckName().Bad }

// Learn looks away from the main goroutine whether the file is there already, and calls then when it is.
func (f *BackupForm) Learn(then func()) {
	path := f.Path()
	if _, known := f.there[path]; known || !f.Ready() {
		return
	}
	f.app.Async(func(context.Context) func() {
		_, err := os.Stat(path)
		return func() {
			f.there[path] = err == nil
			then()
		}
	})
}

// Submit makes the backup.
func (f *BackupForm) Submit() task.ID { return f.app.Kept.Backup(f.Sandbox, f.Path()) }
