package viewmodel

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"berth/engine"
	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/ui/i18n"
)

// Plain is a text from elsewhere as it may be shown: what would write over the line, or turn it around, is escaped.
func Plain(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if unicode.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			out.WriteString(text[:size])
		} else {
			quoted := strconv.QuoteToASCII(text[:size])
			out.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return out.String()
}

// FileRow is one entry of a folder as its list shows it.
type FileRow struct {
	Name     string // as it is, to be asked for
	Words    string // as it may be shown
	Folder   bool
	Link     bool
	Size     string
	Modified string
	Mode     string
	value    engine.File
}

// Bytes is its size, to sort by.
func (r FileRow) Bytes() int64 { return r.value.Size }

// At is when it was changed, to sort by.
func (r FileRow) At() time.Time { return r.value.Modified }

// Browser looks into the volumes of a sandbox. Nothing can be changed through it.
type Browser struct {
	app     *App
	Sandbox string
	Role    agent.Role
	Folder  string // below the volume's root, "" for the root
	Rows    []FileRow
	Trouble string
	Reading bool
	asked   int
}

// NewBrowser looks into a volume of a sandbox, nowhere yet.
func (a *App) NewBrowser(sandbox string, role agent.Role) *Browser {
	return &Browser{app: a, Sandbox: sandbox, Role: role}
}

// Roles are the volumes that the sandbox has, in the order in which they are shown.
func (b *Browser) Roles() []agent.Role {
	var roles []agent.Role
	for _, role := range agent.Roles {
		for _, v := range b.app.Volumes.values {
			if v.Sandbox == b.Sandbox && v.Role == role && v.Point == "" {
				roles = append(roles, role)
			}
		}
	}
	return roles
}

// Go reads a folder of a volume, and calls then when it begins and when it has.
func (b *Browser) Go(role agent.Role, folder string, then func()) {
	b.Role, b.Folder, b.Rows, b.Trouble, b.Reading = role, folder, nil, "", true
	b.asked++
	asked := b.asked
	then()
	b.app.Async(func(ctx context.Context) func() {
		files, err := b.app.engine.Browse(ctx, b.Sandbox, role, folder)
		return func() {
			if asked != b.asked {
				return // somebody went on meanwhile
			}
			b.Reading = false
			if err != nil {
				b.Trouble = Cause(err)
			}
			for _, f := range files {
				b.Rows = append(b.Rows, fileRow(f, b.app.Now()))
			}
			then()
		}
	})
}

// Path is an entry's path below the volume's root.
func (b *Browser) Path(name string) string { return path.Join(b.Folder, name) }

// Up is the folder above; it is the root's own.
func (b *Browser) Up() string {
	if up := path.Dir(b.Folder); up != "." {
		return up
	}
	return ""
}

// Save writes an entry to this computer; a folder becomes a tar.
func (b *Browser) Save(name, to string) task.ID {
	return b.app.engine.SaveFile(b.Sandbox, b.Role, b.Path(name), to)
}

// SaveName is the name that an entry is proposed to be saved under: without anything a file system or a dialog trips over.
func (r FileRow) SaveName() string {
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(r.Name, "_"))
	if r.Folder {
		name += ".tar"
	}
	return name
}

func fileRow(f engine.File, now time.Time) FileRow {
	r := FileRow{Name: f.Name, Words: Plain(f.Name), Folder: f.Mode.IsDir(), Link: f.Mode&fs.ModeSymlink != 0, Mode: f.Mode.String(), Modified: Clock(f.Modified, now), value: f}
	if f.Mode.IsRegular() {
		r.Size = Size(f.Size)
	}
	return r
}

// sessionsNote is why opencode's sessions are not known.
func sessionsNote(err error) string {
	if errors.Is(err, fault.NotRunning) {
		return i18n.T("They are counted while the sandbox runs.")
	}
	return i18n.T("The sessions could not be read: %s", Cause(err))
}

// SourceRow is what a sandbox can be imported from.
type SourceRow struct {
	ID    string
	Title string
	Where string // the volumes or folders that are there
}

// On is the further engine that the new sandbox is made on, as the name of something there; "" for the first.
func (r SourceRow) On() string {
	if of := engineOf(r.ID); of != "" {
		return "@" + of
	}
	return ""
}

// AskSources looks what there is to import.
func (k *Kept) AskSources(then func([]SourceRow, error)) {
	k.app.Async(func(ctx context.Context) func() {
		all, err := k.app.engine.Sources(ctx)
		return func() {
			rows := make([]SourceRow, len(all))
			for i, s := range all {
				rows[i] = SourceRow{ID: s.ID, Title: sourceWords(s), Where: s.Where}
			}
			then(rows, err)
		}
	})
}

// sourceWords is a source in words; where there are several engines with the one that it is on, or that it is copied to.
func sourceWords(s engine.Source) string {
	words, to := ownName(s.ID), " · "
	switch words {
	case engine.SourceCloud:
		words = i18n.T("A sandbox of opencode-cloud")
	case engine.SourceHost:
		words, to = i18n.T("This computer's own opencode"), " → "
	}
	if s.Engine != "" {
		words += to + s.Engine
	}
	return words
}
