package viewmodel

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"
	"time"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/task"
	"berth/ui/i18n"
)

// RestoreForm brings a backup back under a name.
type RestoreForm struct {
	app     *App
	Name    string // of the sandbox that it becomes
	Wide    bool   // a person agreed to what opens it wider than the defaults
	path    string
	info    engine.BackupInfo
	read    bool   // the info is of the path
	trouble string // why the file cannot be read
	named   bool   // the name was typed, not taken from the backup
}

// NewRestore is the form of a backup; with no path none is chosen yet. With a name, it is the sandbox's that it becomes.
func (a *App) NewRestore(name string) *RestoreForm {
	return &RestoreForm{app: a, Name: name, named: name != ""}
}

// Known lists the backups in the folder of the settings, the newest first, those of one sandbox before all others.
func (f *RestoreForm) Known(then func([]BackupRow)) {
	f.app.Async(func(context.Context) func() {
		files := f.app.engine.Backups("")
		return func() {
			var first, rest []engine.BackupFile
			for _, b := range files {
				if b.Sandbox == f.Name {
					first = append(first, b)
				} else {
					rest = append(rest, b)
				}
			}
			then(backupRows(append(first, rest...), f.app.Now()))
		}
	})
}

// Choose reads what a file says of itself, and calls then when that is known.
func (f *RestoreForm) Choose(path string, then func()) {
	f.path, f.info, f.read, f.trouble, f.Wide = strings.TrimSpace(path), engine.BackupInfo{}, false, "", false
	if f.path == "" {
		then()
		return
	}
	if !filepath.IsAbs(f.path) {
		f.trouble = i18n.T("Write the full path of a file.")
		then()
		return
	}
	asked := f.path
	f.app.Async(func(context.Context) func() {
		info, err := f.app.engine.InspectBackup(asked)
		return func() {
			if asked != f.path {
				return // another one was chosen meanwhile
			}
			f.info, f.read = info, err == nil
			if err != nil {
				f.trouble = sentence(Cause(err))
			}
			if f.read && !f.named {
				f.Name = info.Manifest.Sandbox
			}
			then()
		}
	})
	if !f.read && f.trouble == "" {
		then() // it is being read
	}
}

// SetName takes a name over that somebody typed.
func (f *RestoreForm) SetName(name string) { f.Name, f.named = strings.TrimSpace(name), true }

// CheckFile says what there is to say of the chosen file.
func (f *RestoreForm) CheckFile() Finding {
	switch {
	case f.trouble != "":
		return Finding{Text: f.trouble, Bad: true}
	case f.path != "" && !f.read:
		return Finding{Text: i18n.T("Reading it")}
	}
	return Finding{}
}

// CheckName says what there is to say of the name: that it is taken is no error, but what happens then has to be known.
func (f *RestoreForm) CheckName() Finding {
	if f.Name == "" && !f.read {
		return Finding{}
	}
	switch {
	case f.app.Sandboxes.Exists(f.Name):
		return Finding{Text: i18n.T("There is a sandbox of that name. What it is now is kept as a rollback point.")}
	case f.app.NameTrouble(f.Name) != "":
		return Finding{Text: f.app.NameTrouble(f.Name), Bad: true}
	case f.app.Volumes.leftover(f.Name):
		return Finding{Text: i18n.T("There are volumes of that name. What they hold is kept as a rollback point.")}
	}
	return Finding{}
}

// Facts are what the backup says of itself.
func (f *RestoreForm) Facts() []Fact {
	if !f.read {
		return nil
	}
	m, now := f.info.Manifest, f.app.Now()
	facts := []Fact{
		{Label: i18n.T("Sandbox"), Value: Plain(m.Sandbox)},
		{Label: i18n.T("Made"), Value: joined(Clock(m.Created, now), i18n.T("%s ago", Age(now.Sub(m.Created))))},
	}
	if image := joined(Plain(cmp.Or(f.info.Spec.Image, m.Image.Reference)), versionWords(m.Image.Opencode)); image != "" { // a sandbox that is gone has none
		facts = append(facts, Fact{Label: i18n.T("Image"), Value: image})
	}
	for _, p := range m.Parts {
		text := Size(p.Bytes)
		if p.Files > 0 {
			text = joined(text, i18n.N("%[2]s files", int(p.Files), Thousands(int(p.Files))))
		}
		facts = append(facts, Fact{Label: RoleWords(agent.Role(Plain(p.Role))), Value: text})
	}
	return append(facts, Fact{Label: i18n.T("Size of the file"), Value: Size(f.info.Size)})
}

func versionWords(version string) string {
	if version == "" {
		return ""
	}
	return "opencode " + Plain(version)
}

// Badges are what opens the sandbox in it wider than the defaults.
func (f *RestoreForm) Badges() []engine.Badge { return f.info.Badges }

// Ready reports whether it can be carried out.
func (f *RestoreForm) Ready() bool { return f.read && !f.CheckName().Bad }

// Submit brings it back.
func (f *RestoreForm) Submit() task.ID { return f.app.engine.Restore(f.path, f.Name, f.Wide) }

// Data is what would be gone with a sandbox's volumes, in words.
type Data struct {
	Facts    []Fact
	Sessions []string // titles, the last active first
	Note     string   // what there is to say instead: that there are none, or why they are not known
	Stays    []Fact   // what a deletion leaves
}

// AskData looks what a sandbox holds. That takes as long as counting its files.
func (k *Kept) AskData(name string, then func(Data, error)) {
	k.app.Async(func(ctx context.Context) func() {
		d, err := k.app.engine.DataOf(ctx, name)
		return func() { then(dataOf(d, k.app.Now()), err) }
	})
}

func dataOf(d engine.Data, now time.Time) Data {
	var data Data
	for _, v := range d.Volumes {
		size := i18n.T("not measured")
		if !v.Measured.IsZero() {
			size = joined(Size(v.Size), i18n.N("%[2]s files", int(v.Files), Thousands(int(v.Files))))
		}
		data.Facts = append(data.Facts, Fact{Label: RoleWords(v.Role), Value: joined(size, v.Name)})
	}
	points, last := i18n.T("none"), Fact{Label: i18n.T("Last backup"), Value: i18n.T("none"), Tone: Caution}
	if d.Points > 0 {
		points = Thousands(d.Points)
	}
	if !d.LastBackup.IsZero() {
		last.Value, last.Tone = i18n.T("%s ago", Age(now.Sub(d.LastBackup))), Neutral
	}
	data.Facts = append(data.Facts, Fact{Label: i18n.T("Rollback points"), Value: points})
	data.Stays = []Fact{last}
	for _, s := range d.Sessions {
		data.Sessions = append(data.Sessions, Plain(s.Title))
	}
	switch {
	case d.SessionsErr != nil:
		data.Note = sessionsNote(d.SessionsErr)
	case len(d.Sessions) == 0:
		data.Note = i18n.T("no sessions")
	}
	return data
}
