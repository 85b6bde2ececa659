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

// importCloud copies the volumes. Containers that use them are stopped by whoever runs them: one that runs is refused, for
// its database may be half written.
func (e *Engine) importCloud(ctx context.Context, cli *client.Client, t *task.Task, with *volume.Copier, to string) error {
	for _, v := range cloudVolumes {
		there, err := volume.Exists(ctx, cli, v.name)
		if err != nil {
			return err
		}
		if !there || v.name == volume.Name(agent.Config, "default") && e.ownsVolume(ctx, cli, v.name) {
			continue
		}
		users, err := volume.UsedBy(ctx, cli, v.name)
		if err != nil {
			return err
		}
		pause := ""
		for _, u := range users {
			if u.Running {
				pause = u.ID
			}
		}
		step := t.Step("copy/"+v.name, "Copy "+v.name).Weigh(2)
		step.Begin("copying")
		watch := volume.Watch{For: to, Pause: pause, Files: func(n int64) { step.Begin(fmt.Sprintf("%d files", n)) }}
		if v.role == agent.Projects {
			watch.Pause = ""
		}
		if err := with.CopyAt(ctx, v.name, "", volume.Name(v.role, to), v.folder, watch); err != nil {
			return err
		}
		step.Done("copied")
	}
	return nil
}

// ownsVolume reports whether a volume is Berth's own by its labels.
func (e *Engine) ownsVolume(ctx context.Context, cli *client.Client, name string) bool {
	got, err := cli.VolumeInspect(ctx, name)
	return err == nil && got.Labels[volume.LabelSandbox] != ""
}

// hostTries is how often the host's files are read anew because they changed meanwhile.
const hostTries = 3

// importHost streams this computer's own opencode folders into the volumes. When its database changes while it is read, it
// is read again; one that never rests is refused.
func (e *Engine) importHost(ctx context.Context, t *task.Task, with *volume.Copier, to string) error {
	for _, f := range hostFolders {
		dir := filepath.Join(e.opts.Where.Home, f.path)
		if !isFolder(dir) {
			continue
		}
		step := t.Step("copy/"+f.path, "Copy "+dir).Weigh(2)
		for try := 1; ; try++ {
			step.Begin("copying")
			before := databaseState(dir)
			if err := sendFolder(ctx, with, dir, volume.Name(f.role, to), f.folder, step); err != nil {
				return err
			}
			if databaseState(dir) == before {
				break
			}
			if try == hostTries {
				return &fault.Error{
					Kind: fault.VolumeInUse, Op: "import " + dir, Why: "its database is being written all the time",
					Remedy: "Quit opencode on this computer, then try again.", Action: fault.Retry,
				}
			}
		}
		step.Done("copied")
	}
	return nil
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
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.CloseWithError(tarFolder(ctx, dir, &progressWriter{to: w, step: step, detail: "copying"}))
	}()
	err := with.ImportAt(ctx, to, folder, r, volume.Watch{For: to})
	_ = r.CloseWithError(errors.New("the volume takes no more")) // ends the writer when the other side ended first
	<-done
	return err
}

// tarFolder writes what is in a folder as a tar. What is neither a file, a folder nor a link is left out.
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
		if err != nil {
			return err
		}
		return tarEntry(out, root, path, entry)
	})
	if err != nil {
		return err
	}
	return out.Close()
}

func tarEntry(out *tar.Writer, root *os.Root, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	link := ""
	switch info.Mode().Type() {
	case 0, fs.ModeDir:
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
	if err := out.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := root.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = io.CopyN(out, file, header.Size) // one that grew is cut, one that shrank is an error, and read again
	return err
}
