package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

// used makes a sandbox that somebody worked in, and gives its container.
func used(t *testing.T, of *enginetest.Engine, e *Engine, name string) (left things, id string) {
	t.Helper()
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Start(name))
	id = waitHealthy(t, e, name).ContainerID
	left = leaveSomething(t, ask(t, e, name))
	mustFinish(t, e, e.Stop(name))
	return left, id
}

func TestWhatOpencodeCloudKeptIsCopiedAndStaysAsItWas(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name, to := enginetest.Name(t), enginetest.Name(t)
	deleteAtTheEnd(t, of, to)
	left, _ := used(t, of, e, name)
	img := mustInspect(t, of, "berth-"+name).Image
	with, err := volume.NewCopier(t.Context(), of.Client, img)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range cloudVolumes {
		if there, err := volume.Exists(t.Context(), of.Client, v.name); err != nil || there {
			t.Fatalf("%s is there already, %v", v.name, err)
		}
		t.Cleanup(func() {
			if err := of.Client.VolumeRemove(context.Background(), v.name, true); err != nil {
				t.Error(err)
			}
		})
		if _, err := of.Client.VolumeCreate(t.Context(), dockervolume.CreateOptions{Name: v.name}); err != nil {
			t.Fatal(err)
		}
		if err := with.CopyAt(t.Context(), volume.Name(v.role, name), v.folder, v.name, "", volume.Watch{For: name}); err != nil {
			t.Fatal(err)
		}
		// Another program's user, as opencode-cloud has it.
		if err := with.Own(t.Context(), 4321, 4321, name, v.name); err != nil {
			t.Fatal(err)
		}
	}
	sources, err := e.Sources(t.Context())
	if err != nil || len(sources) != 1 || sources[0].ID != SourceCloud || !strings.Contains(sources[0].Where, "opencode-workspace") {
		t.Fatalf("the sources are %+v, %v", sources, err)
	}
	before, err := with.Measure(t.Context(), "opencode-data")
	if err != nil {
		t.Fatal(err)
	}

	// One that runs goes on to run, and its data stay.
	running, err := of.Client.ContainerCreate(t.Context(), &container.Config{Image: img, Entrypoint: []string{"sleep", "600"}}, &container.HostConfig{
		Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: "opencode-data", Target: "/data"}},
	}, nil, nil, "cloud-"+to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = of.Client.ContainerRemove(context.Background(), running.ID, container.RemoveOptions{Force: true})
	})
	if err := of.Client.ContainerStart(t.Context(), running.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	mustFinish(t, e, e.Import(SourceCloud, to))
	waitHealthy(t, e, to)
	left.find(t, ask(t, e, to))
	integrity(t, e, to)
	if got := mustInspect(t, of, running.ID); !got.State.Running || got.State.Paused {
		t.Errorf("whose data were copied is %+v now", got.State)
	}
	after, err := with.Measure(t.Context(), "opencode-data")
	if err != nil || after["opencode-data"] != before["opencode-data"] {
		t.Errorf("what was copied from held %+v, and now %+v, %v", before, after, err)
	}
}

func mustInspect(t *testing.T, of *enginetest.Engine, id string) container.InspectResponse {
	t.Helper()
	got, err := of.Client.ContainerInspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestThisComputersOwnOpencodeIsCopiedAndStaysAsItWas(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name, to, refused := enginetest.Name(t), enginetest.Name(t), enginetest.Name(t)
	deleteAtTheEnd(t, of, to)
	_, id := used(t, of, e, name)
	if sources, err := e.Sources(t.Context()); err != nil || len(sources) != 0 {
		t.Errorf("with nothing to import there are %+v, %v", sources, err)
	}
	home := e.opts.Where.Home
	for _, f := range hostFolders {
		fetchFolder(t, of, id, agent.V1.Home+"/"+f.path, filepath.Dir(filepath.Join(home, f.path)))
	}
	database := filepath.Join(home, ".local/share/opencode/opencode.db")
	before := listing(t, home)
	if sources, err := e.Sources(t.Context()); err != nil || len(sources) != 1 || sources[0].ID != SourceHost {
		t.Fatalf("the sources are %+v, %v", sources, err)
	}
	mustFinish(t, e, e.Import(SourceHost, to))
	waitHealthy(t, e, to)
	if !hasSession(t, e, to, "kept") {
		t.Error("its session is not there")
	}
	integrity(t, e, to)
	if after := listing(t, home); after != before {
		t.Errorf("this computer's files were changed: before\n%safter\n%s", before, after)
	}

	t.Run("one that is written all the time is refused", func(t *testing.T) {
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for at := time.Now(); ; at = at.Add(time.Second) {
				select {
				case <-stop:
					return
				case <-tick.C:
					_ = os.Chtimes(database, at, at) // opencode wrote
				}
			}
		}()
		v := finish(t, e, e.Import(SourceHost, refused))
		close(stop)
		<-stopped
		if !errors.Is(v.Err, fault.VolumeInUse) || !strings.Contains(fault.From("", v.Err).Remedy, "Quit opencode") {
			t.Errorf("it ends with %v", v.Err)
		}
		nothingOf(t, of, refused)
	})
	t.Run("a name that is taken is refused", func(t *testing.T) {
		if v := finish(t, e, e.Import(SourceHost, to)); !errors.Is(v.Err, fault.NameTaken) {
			t.Errorf("it ends with %v", v.Err)
		}
		waitFor(t, e, to, "as it was", func(s Sandbox) bool { return s.State == sandbox.Healthy })
	})
}

// fetchFolder copies a folder out of a container into one of this computer.
func fetchFolder(t *testing.T, of *enginetest.Engine, id, path, into string) {
	t.Helper()
	stream, _, err := of.Client.CopyFromContainer(t.Context(), id, path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	if err := os.MkdirAll(into, 0o700); err != nil {
		t.Fatal(err)
	}
	unpack := exec.CommandContext(t.Context(), "tar", "-x", "--no-same-owner", "-C", into)
	unpack.Stdin = stream
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// listing is what there is below a folder: names, sizes and times.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && !info.IsDir() {
			all.WriteString(path + " " + sizeText(info.Size()) + " " + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
