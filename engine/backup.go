package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/backup"
	"berth/engine/fault"
	"berth/engine/image"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// Backup writes a sandbox into one file; with an empty path under the contract's name into the folder of the settings. A
// sandbox that runs goes on running: it is paused only while what opencode keeps its database in is read, which makes that
// copy one moment of the database, as a power cut would leave it and SQLite knows to go on from. Projects are read while
// they are worked on; how many files changed meanwhile is told.
func (e *Engine) Backup(name, path string) task.ID {
	return e.onDaemon(task.Backup, name, "Backing up "+name, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		to := path
		if to == "" {
			to = filepath.Join(e.Settings().Backup.Dir(), backup.FileName(name, time.Now()))
		}
		return e.backUp(ctx, cli, t, name, to)
	})
}

// backUp is the work of Backup, and a part of other tasks.
func (e *Engine) backUp(ctx context.Context, cli *client.Client, t *task.Task, name, path string) error {
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return err
	}
	with, err := e.copier(ctx, cli, found)
	if err != nil {
		return err
	}
	ctx, release, err := volume.Hold(ctx, cli, with.Image(), name)
	if err != nil {
		return err
	}
	defer release()
	if err := sandbox.Whole(ctx, cli, name); err != nil {
		return err
	}
	if found, err = sandbox.Find(ctx, cli, name); err != nil { // it may have been started since
		return err
	}
	m := backup.Manifest{Sandbox: name, State: "stopped"}
	roles, spec := agent.Roles, sandbox.Spec{Name: name}
	pause := ""
	if found != nil {
		spec, roles = found.Spec, sandbox.Roles(found.Spec)
		m.Image = backup.Image{Reference: found.Inspect.Config.Image, ID: found.Inspect.Image, Opencode: found.Inspect.Config.Labels[sandbox.LabelVersion]}
		if img, ok, err := image.Find(ctx, cli, spec.Image); err == nil && ok && img.ID == found.Inspect.Image {
			m.Image.Digest = img.Digest
		}
		if found.Inspect.State.Running {
			m.State = "paused"
			if !found.Inspect.State.Paused {
				pause = found.ID
			}
		}
	}
	if found == nil {
		kept, known, err := sandbox.KeptSpec(ctx, cli, name)
		if err != nil {
			return err
		}
		if known {
			spec, roles = kept.Spec, sandbox.Roles(kept.Spec)
			m.Image = backup.Image{Reference: spec.Image, ID: kept.ImageID, Opencode: kept.Version}
			if img, ok, err := image.Find(ctx, cli, spec.Image); err == nil && ok && img.ID == kept.ImageID {
				m.Image.Digest = img.Digest
			}
		}
	}
	if m.Spec, err = json.Marshal(spec); err != nil {
		return err
	}
	roles, sizes, err := e.measured(ctx, cli, with, name, roles)
	if err != nil {
		return err
	}
	if len(roles) == 0 {
		return fault.New(fault.NotFound, "back up "+name, "it has no volumes")
	}
	out, err := backup.Create(path, time.Now())
	if err != nil {
		return err
	}
	defer out.Discard()
	declareReads(t, name, roles, sizes)
	changed := 0
	for _, role := range roles {
		part, err := exportRole(ctx, t, with, out, name, role, sizes[volume.Name(role, name)], pause)
		if err != nil {
			return err
		}
		changed += part.Changed
	}
	size, err := out.Finish(m)
	if err != nil {
		return err
	}
	say := fmt.Sprintf("%s in %s", sizeText(size), path)
	if changed > 0 {
		say += fmt.Sprintf(" · %d files of the projects changed while they were read", changed)
	}
	t.Say(say)
	e.volumes.Add(1)
	e.touch()
	return nil
}

// exportRole writes one volume as a part.
func exportRole(ctx context.Context, t *task.Task, with *volume.Copier, out *backup.Writer, name string, role agent.Role, size volume.Size, pause string) (backup.Part, error) {
	source := volume.Name(role, name)
	step := readStep(t, source)
	step.Begin("reading")
	if role == agent.Projects {
		pause = "" // nothing in there has to be of one moment, and it may take minutes
	}
	out.Begin(string(role))
	counted := &progressWriter{to: out, step: step, detail: "reading", total: tarSize(size)}
	changed, err := with.Export(ctx, source, counted, volume.Watch{For: name, Pause: pause})
	if err != nil {
		return backup.Part{}, err
	}
	part := backup.Part{Files: size.Files, Changed: changed}
	if err := out.End(part); err != nil {
		return part, err
	}
	step.Done("read")
	return part, nil
}

func readStep(t *task.Task, volume string) *task.Step {
	return t.Step("read/"+volume, "Read "+volume)
}

// declareReads declares the reading of each volume, by its share of all that is read: the progress is one of bytes.
func declareReads(t *task.Task, name string, roles []agent.Role, sizes map[string]volume.Size) {
	const all = 15 // of the task
	total := int64(1)
	for _, role := range roles {
		total += tarSize(sizes[volume.Name(role, name)])
	}
	for _, role := range roles {
		source := volume.Name(role, name)
		readStep(t, source).Weigh(all * float64(tarSize(sizes[source])) / float64(total))
	}
}

// tarSize guesses how large the tar of that much is: each entry takes a header of 512 bytes, one of 1 KiB for its exact
// time, and half a block of filling.
func tarSize(s volume.Size) int64 { return s.Bytes + s.Files*1792 }

// measured leaves the roles that have a volume, and tells how much those hold.
func (e *Engine) measured(ctx context.Context, cli *client.Client, with *volume.Copier, name string, roles []agent.Role) ([]agent.Role, map[string]volume.Size, error) {
	var have []agent.Role
	var names []string
	for _, role := range roles {
		there, err := volume.Exists(ctx, cli, volume.Name(role, name))
		if err != nil {
			return nil, nil, err
		}
		if there {
			have = append(have, role)
			names = append(names, volume.Name(role, name))
		}
	}
	sizes, err := with.Measure(ctx, names...)
	if err == nil {
		e.remeasured(ctx, sizes)
	}
	return have, sizes, err
}

// copier works on a sandbox's volumes by its own image; where it has no container, by any image of Berth's.
func (e *Engine) copier(ctx context.Context, cli *client.Client, found *sandbox.Found) (*volume.Copier, error) {
	if found != nil {
		return volume.NewCopier(ctx, cli, found.Inspect.Image)
	}
	all, err := e.Images(ctx)
	if err != nil {
		return nil, err
	}
	// The wanted image first, then any that Berth built or made sandboxes of.
	slices.SortStableFunc(all, func(a, b Image) int { return rank(b) - rank(a) })
	if len(all) == 0 || rank(all[0]) == 0 {
		return nil, &fault.Error{
			Kind: fault.ImageNotFound, Op: "work on volumes", Why: "there is no sandbox image on this engine yet, and its tools are needed",
			Remedy: "Build or pull the image on the Images page, then try again.",
		}
	}
	return volume.NewCopier(ctx, cli, all[0].ID)
}

func rank(i Image) int {
	switch {
	case i.Wanted:
		return 3
	case i.Version != "":
		return 2
	case i.Ours:
		return 1
	default:
		return 0
	}
}

// progressWriter tells a step how much went through; every MiB, for each telling costs a lock.
type progressWriter struct {
	to     io.Writer
	step   *task.Step
	detail string
	total  int64
	n      int64
	told   int64
}

func (w *progressWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.n += int64(n)
	if w.n-w.told >= 1<<20 {
		w.told = w.n
		w.step.Bytes(w.detail, w.n, max(w.total, w.n))
	}
	return n, err
}

// BackupFile is a backup that lies in the folder of the settings.
type BackupFile struct {
	Path      string
	Sandbox   string
	At        time.Time
	Size      int64  // bytes
	Scheduled bool   // made by itself
	Engine    string // of those made by itself: the folder of the engine it is from
}

const scheduledFolder = "scheduled"

// Backups lists the backups in the folder of the settings, the newest first; those of one sandbox, or of all when name is "".
// A folder that does not exist has none.
func (e *Engine) Backups(name string) []BackupFile {
	dir := e.Settings().Backup.Dir()
	all := backupsIn(dir, name)
	engines, err := os.ReadDir(filepath.Join(dir, scheduledFolder))
	if err != nil {
		engines = nil // there are none
	}
	for _, folder := range engines {
		for _, b := range backupsIn(filepath.Join(dir, scheduledFolder, folder.Name()), name) {
			b.Scheduled, b.Engine = true, folder.Name()
			all = append(all, b)
		}
	}
	slices.SortStableFunc(all, func(a, b BackupFile) int { return b.At.Compare(a.At) })
	return all
}

// backupsIn lists the backups that lie in a folder itself.
func backupsIn(folder, name string) []BackupFile {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var all []BackupFile
	for _, entry := range entries {
		of, at, ok := backup.NameOf(entry.Name())
		if !ok || name != "" && of != name {
			continue
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			all = append(all, BackupFile{Path: filepath.Join(folder, entry.Name()), Sandbox: of, At: at, Size: info.Size()})
		}
	}
	return all
}

// scheduledPath is where a backup goes that is made by itself: sandboxes of two engines may have one name, and one must not let
// the other's go.
func (e *Engine) scheduledPath(ctx context.Context, name string, at time.Time) string {
	return filepath.Join(e.Settings().Backup.Dir(), scheduledFolder, e.engineFolder(ctx), backup.FileName(name, at))
}

var unfitForFolder = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// engineFolder is a name for the engine of ctx that a folder can have: how it is reached, "unix-var-run-docker.sock".
func (e *Engine) engineFolder(ctx context.Context) string {
	return strings.Trim(unfitForFolder.ReplaceAllString(e.endpoint(ctx).Host, "-"), "-.")
}

// ofHere reports whether a backup may be of a sandbox of the engine of ctx: one that a person made does not say.
func (e *Engine) ofHere(ctx context.Context, b BackupFile) bool {
	return !b.Scheduled || b.Engine == e.engineFolder(ctx)
}

// BackupInfo is what a backup says of itself. The parts were not looked at.
type BackupInfo struct {
	Path     string
	Manifest backup.Manifest
	Spec     sandbox.Spec
	Badges   []Badge // what opens the sandbox in it wider than the defaults
	Size     int64   // of the file, in bytes
}

// InspectBackup reads a backup's manifest.
func (e *Engine) InspectBackup(path string) (BackupInfo, error) {
	r, err := backup.Open(path)
	if err != nil {
		return BackupInfo{}, err
	}
	defer r.Close()
	info := BackupInfo{Path: path, Manifest: r.Manifest, Size: r.Size}
	if err := json.Unmarshal(r.Manifest.Spec, &info.Spec); err != nil {
		return info, fault.New(fault.BadInput, "read the backup "+path, "the spec in its manifest is damaged")
	}
	info.Spec.Name = r.Manifest.Sandbox
	for _, b := range widened(info.Spec) {
		info.Badges = append(info.Badges, Badge{Text: b.Text, Help: b.Help})
	}
	if !e.knownImage(info.Spec.Image) {
		info.Badges = append(info.Badges, Badge{Text: "another image", Help: fmt.Sprintf("It runs %s, which the settings do not name.", info.Spec.Image)})
	}
	return info, nil
}

// knownImage reports whether a reference is one that Berth would run by itself: that of the pinned opencode, or of the settings.
func (e *Engine) knownImage(reference string) bool {
	if reference == "" {
		return true
	}
	pin, ok := image.PinFor(e.processor())
	return ok && reference == pin.Tag() || slices.Contains(e.Settings().Image.References, reference)
}

// widened is what of a spec opens a sandbox wider than the defaults, folders of the host among it.
func widened(spec sandbox.Spec) []sandbox.Badge {
	badges := sandbox.Badges(spec)
	var folders []string
	if spec.Projects != "" {
		folders = append(folders, spec.Projects)
	}
	for _, m := range spec.Mounts {
		folders = append(folders, m.Source)
	}
	if len(folders) > 0 {
		badges = append(badges, sandbox.Badge{Text: "own mounts", Help: "It mounts " + strings.Join(folders, ", ") + " of the engine's computer."})
	}
	if len(spec.Env) > 0 {
		badges = append(badges, sandbox.Badge{Text: "own environment", Help: "It sets " + strings.Join(slices.Sorted(maps.Keys(spec.Env)), ", ") + "."})
	}
	return badges
}

// narrowed is a spec without what opens it wider than the defaults, unless the present one has just the same: a backup may be
// anybody's.
func narrowed(spec, now sandbox.Spec) sandbox.Spec {
	if spec.BindIP != now.BindIP {
		spec.BindIP = ""
	}
	if !slices.Equal(spec.CapAdd, now.CapAdd) {
		spec.CapAdd = nil
	}
	if !slices.Equal(spec.Mounts, now.Mounts) {
		spec.Mounts = nil
	}
	if spec.Projects != now.Projects {
		spec.Projects = ""
	}
	if !maps.Equal(spec.Env, now.Env) { // a proxy, or opencode's own configuration, is a way out for what it knows
		spec.Env = nil
	}
	spec.OpenAuth = spec.OpenAuth && now.OpenAuth
	spec.Hardened = spec.Hardened || now.Hardened
	spec.Extra = nil
	return spec
}
