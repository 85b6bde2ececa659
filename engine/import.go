package engine

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// Source is what a sandbox can be imported from. It is copied, never shared: two opencodes on one database would spoil it.
type Source struct {
	ID    string // SourceCloud or SourceHost
	Where string // names of the volumes, or folders, that are there

	// Where there are several engines: the name of the one that the new sandbox is made on. The ID of a source of a further one ends in
	// "@" and that name then.
	Engine string
}

// The sources.
const (
	SourceCloud = "opencode-cloud" // the volumes of an opencode-cloud sandbox
	SourceHost  = "host"           // this computer's own opencode
)

// cloudVolumes are the volumes of opencode-cloud, and where what they hold belongs.
var cloudVolumes = []struct {
	name   string
	role   agent.Role
	folder string
}{
	{"opencode-data", agent.Session, "share/opencode"},
	{"opencode-state", agent.Session, "state/opencode"},
	{"opencode-config", agent.Config, "opencode"},
	{"opencode-workspace", agent.Projects, ""},
}

// hostFolders are opencode's own folders below a home folder, and where what they hold belongs.
var hostFolders = []struct {
	path   string
	role   agent.Role
	folder string
}{
	{".local/share/opencode", agent.Session, "share/opencode"},
	{".local/state/opencode", agent.Session, "state/opencode"},
	{".config/opencode", agent.Config, "opencode"},
}

// Sources lists what is there to import from. It waits for the engine.
func (e *Engine) Sources(ctx context.Context) ([]Source, error) {
	cli, err := e.daemon(ctx, "look for what can be imported")
	if err != nil {
		return nil, err
	}
	var all []Source
	var found []string
	for _, v := range cloudVolumes {
		there, err := volume.Exists(ctx, cli, v.name)
		if err != nil {
			return nil, err
		}
		if there {
			found = append(found, v.name)
		}
	}
	// opencode-config is also the name of the default sandbox's.
	if len(found) > 1 || len(found) == 1 && found[0] != volume.Name(agent.Config, "default") {
		all = append(all, Source{ID: SourceCloud, Where: strings.Join(found, ", ")})
	}
	found = nil
	for _, f := range hostFolders {
		if dir := filepath.Join(e.opts.Where.Home, f.path); isFolder(dir) {
			found = append(found, dir)
		}
	}
	if len(found) > 0 {
		all = append(all, Source{ID: SourceHost, Where: strings.Join(found, ", ")})
	}
	return all, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Import makes a sandbox with a copy of what a source holds, and brings it up.
func (e *Engine) Import(source, to string) task.ID {
	return e.onDaemon(task.Clone, to, "Importing "+to, func(ctx context.Context, cli *client.Client, t *task.Task) error {
		if err := sandbox.ValidName(to); err != nil {
			return err
		}
		sandbox.DeclareCreate(t, to)
		img, err := e.ensureImage(ctx, t, "")
		if err != nil {
			return err
		}
		return e.fillNew(ctx, cli, t, e.plain(to), img, func(ctx context.Context, with *volume.Copier) error {
			var err error
			switch source {
			case SourceCloud:
				err = e.importCloud(ctx, cli, t, with, to)
			case SourceHost:
				err = e.importHost(ctx, t, with, to)
			default:
				return fault.New(fault.BadInput, "import "+to, fmt.Sprintf("there is no source %q", source))
			}
			if err != nil {
				return err
			}
			// What was another user's is opencode's in here.
			return with.Own(ctx, agent.V1.UID, agent.V1.GID, to, volume.Name(agent.Session, to), volume.Name(agent.Config, to), volume.Name(agent.Projects, to))
		})
	})
}

// importCloud copies the volumes. A container that runs on one is paused while that is copied, for its database may be half written.
func (e *Engine) importCloud(ctx context.Context, cli *client.Client, t *task.Task, with *volume.Copier, to string) error {
	for _, v := range cloudVolumes {
		there, err := volume.Exists(ctx, cli, v.name)
		if err != nil {
			return err
		}
		if !there || v.name == volume.Name(agent.Config, "default") && e.ownsVolume(ctx, cli, v.name) {
			continue
		}
		pause := ""
		if v.role != agent.Projects { // see Backup
			users, err := volume.UsedBy(ctx, cli, v.name)
			if err != nil {
				return err
			}
			if pause, err = toPause(v.name, users); err != nil {
				return err
			}
		}
		step := t.Step("copy/"+v.name, "Copy "+v.name).Weigh(2)
		step.Begin("copying")
		watch := volume.Watch{For: to, Pause: pause, Files: func(n int64) { step.Begin(fmt.Sprintf("%d files", n)) }}
		if err := with.CopyAt(ctx, v.name, "", volume.Name(v.role, to), v.folder, watch); err != nil {
			return err
		}
		step.Done("copied")
	}
	return nil
}

// toPause is the container that runs on a volume and has to be paused while it is copied; "" for none. Of several only one could be,
// and the others would go on writing.
func toPause(name string, users []volume.User) (string, error) {
	var running []volume.User
	for _, u := range users {
		if u.Running && !u.Helper { // a helper of Berth only looks
			running = append(running, u)
		}
	}
	switch len(running) {
	case 0:
		return "", nil
	case 1:
		return running[0].ID, nil
	}
	return "", &fault.Error{
		Kind: fault.VolumeInUse, Op: "copy " + name, Why: fmt.Sprintf("the containers %q and %q both run on it", running[0].Name, running[1].Name),
		Remedy: "Stop all but one of them, then try again. Nothing was changed.", Action: fault.Retry,
	}
}

// ownsVolume reports whether a volume is Berth's own by its labels.
func (e *Engine) ownsVolume(ctx context.Context, cli *client.Client, name string) bool {
	got, err := cli.VolumeInspect(ctx, name)
	return err == nil && got.Labels[volume.LabelSandbox] != ""
}

// hostTries is how often the host's files are read anew because they changed meanwhile.
const hostTries = 3

// importHost streams this computer's own opencode folders into the volumes.
func (e *Engine) importHost(ctx context.Context, t *task.Task, with *volume.Copier, to string) error {
	for _, f := range hostFolders {
		dir := filepath.Join(e.opts.Where.Home, f.path)
		if !isFolder(dir) {
			continue
		}
		step := t.Step("copy/"+f.path, "Copy "+dir).Weigh(2)
		err := whileStill(dir, func() error {
			step.Begin("copying")
			return sendFolder(ctx, with, dir, volume.Name(f.role, to), f.folder, step)
		})
		if err != nil {
			return err
		}
		step.Done("copied")
	}
	return nil
}

// errShrank says that a file became shorter while it was read, as a log of SQLite's does that is written back.
var errShrank = errors.New("a file became shorter while it was read")

// whileStill reads a folder by do, and again when its database changed meanwhile or a file in it shrank; one that never rests is
// refused.
func whileStill(dir string, do func() error) error {
	for range hostTries {
		before := databaseState(dir)
		err := do()
		if err != nil && !errors.Is(err, errShrank) {
			return err
		}
		if err == nil && databaseState(dir) == before {
			return nil
		}
	}
	return &fault.Error{
		Kind: fault.VolumeInUse, Op: "import " + dir, Why: "it is being written all the time",
		Remedy: "Quit opencode on this computer, then try again.", Action: fault.Retry,
	}
}

// databaseState is what changes when opencode writes its database.
func databaseState(dir string) string {
	var state strings.Builder
	files, _ := filepath.Glob(filepath.Join(dir, "*.db*"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && !strings.HasSuffix(file, "-shm") {
			fmt.Fprintf(&state, "%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
		}
	}
	return state.String()
}

func sendFolder(ctx context.Context, with *volume.Copier, dir, to, folder string, step *task.Step) error {
	r, w := io.Pipe()
	read := make(chan error, 1)
	go func() {
		err := tarFolder(ctx, dir, &progressWriter{to: w, step: step, detail: "copying"})
		_ = w.CloseWithError(err) // never fails
		read <- err
	}()
	err := with.ImportAt(ctx, to, folder, r, volume.Watch{For: to})
	_ = r.CloseWithError(errors.New("the volume takes no more")) // ends the writer when the other side ended first
	if from := <-read; errors.Is(from, errShrank) {              // what the engine made of that is of no interest
		return from
	}
	return err
}

// tarFolder writes what is in a folder as a tar. What is neither a file, a folder nor a link is left out, and what goes before it
// is read was never there.
func tarFolder(ctx context.Context, dir string, to io.Writer) error {
	out := tar.NewWriter(to)
	root, err := os.OpenRoot(dir) // nothing in there leads out, whatever its links say
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = tarEntry(out, root, path, entry)
		}
		if errors.Is(err, fs.ErrNotExist) && path != "." {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return out.Close()
}

// tarEntry writes one entry. That it is not there any more is said before anything of it is written.
func tarEntry(out *tar.Writer, root *os.Root, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	var file *os.File
	link := ""
	switch info.Mode().Type() {
	case 0:
		if file, err = root.Open(path); err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
	case fs.ModeDir:
	case fs.ModeSymlink:
		if link, err = root.Readlink(path); err != nil {
			return err
		}
	default:
		return nil
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	header.Name, header.Format = "./"+filepath.ToSlash(path), tar.FormatPAX
	header.Uname, header.Gname, header.AccessTime, header.ChangeTime = "", "", time.Time{}, time.Time{}
	if err := out.WriteHeader(header); err != nil || file == nil {
		return err
	}
	_, err = io.CopyN(out, file, header.Size) // one that grew is cut
	if errors.Is(err, io.EOF) {
		err = errShrank // as io.EOF it would be a good end of the tar
	}
	return err
}
