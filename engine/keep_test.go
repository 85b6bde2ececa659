package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/agent"
	"berth/engine/backup"
	"berth/engine/config"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// variant makes an image that differs from another in its labels and, with a program, in its opencode; ref is where it goes.
func variant(t testing.TB, of *enginetest.Engine, base, ref, version, program string) {
	t.Helper()
	ctx := t.Context()
	name := enginetest.Name(t)
	made, err := of.Client.ContainerCreate(ctx, &container.Config{Image: base, Entrypoint: []string{"true"}}, nil, nil, nil, name)
	if err != nil {
		t.Fatal(err)
	}
	if program != "" {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		if err := w.WriteHeader(&tar.Header{Name: "usr/local/bin/opencode", Mode: 0o755, Size: int64(len(program))}); err != nil {
			t.Fatal(err)
		}
		_, err := w.Write([]byte(program))
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		if err := of.Client.CopyToContainer(ctx, made.ID, "/", &archive, container.CopyToContainerOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := of.Client.ContainerCommit(ctx, made.ID, container.CommitOptions{
		Reference: ref, Config: &container.Config{}, Changes: []string{"LABEL app.berth.opencode=" + version, `ENTRYPOINT ["tini", "-s", "--", "opencode"]`},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeImage(of.Client, ref) })
}

// vandal is an opencode that spoils what the old one kept, and ends.
const vandal = `#!/bin/sh
echo spoiled > ~/.local/share/opencode/opencode.db
rm -f ~/.local/share/opencode/auth.json ~/.local/share/opencode/opencode.db-wal
echo "I spoiled it all" >&2
exit 7
`

// deleteAtTheEnd takes away what rollback points leave, which names alone do not tell.
func deleteAtTheEnd(t testing.TB, of *enginetest.Engine, name string) {
	t.Cleanup(func() {
		e := open(t, of.Host, nil)
		_ = e.tasks.Find(e.DeleteData(name)).Wait(context.Background())
	})
}

// points are the rollback points of a sandbox.
func points(t testing.TB, e *Engine, name string) []Point {
	t.Helper()
	all, err := e.Points(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// newSession makes one more session with a title.
func newSession(t testing.TB, e *Engine, name, title string) {
	t.Helper()
	if err := ask(t, e, name).Request(t.Context(), http.MethodPost, "/session?directory=/workspace", map[string]string{"title": title}, nil); err != nil {
		t.Fatal(err)
	}
}

func hasSession(t testing.TB, e *Engine, name, title string) bool {
	t.Helper()
	return slices.Contains(strings.Split(titles(t, ask(t, e, name)), ","), title)
}

// integrity has the database read by SQLite itself, in the sandbox: opencode's binary is a runtime that knows it.
func integrity(t *testing.T, e *Engine, name string) {
	t.Helper()
	c := ask(t, e, name)
	var session struct{ ID string }
	request(t.Context(), t, c, http.MethodPost, "/session"+inWorkspace, map[string]any{"title": "check"}, &session)
	var answer any
	request(t.Context(), t, c, http.MethodPost, "/session/"+session.ID+"/shell"+inWorkspace, map[string]any{
		"agent": "build", "command": `BUN_BE_BUN=1 opencode -e 'const {Database} = require("bun:sqlite"); ` +
			`console.log("integrity", JSON.stringify(new Database(process.env.HOME + "/.local/share/opencode/opencode.db").query("PRAGMA integrity_check").get()))'`,
	}, &answer)
	if text := flatten(answer); !strings.Contains(text, `integrity {"integrity_check":"ok"}`) {
		t.Errorf("the database says %s", text)
	}
}

func TestABackupOfARunningSandboxBringsItBackAnywhere(t *testing.T) {
	docker, podman := enginetest.Shared(t), enginetest.Podman(t)
	ensureBuilt(t, docker)
	ensureBuilt(t, podman)
	e := open(t, docker.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, docker, name)
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left := leaveSomething(t, ask(t, e, name))

	// While it is backed up, its database is written all the time.
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan int)
	client := ask(t, e, name)
	go func() {
		n := 0
		for ctx.Err() == nil {
			if client.Request(ctx, http.MethodPost, "/session?directory=/workspace/busy", map[string]string{"title": fmt.Sprintf("busy %d", n)}, nil) == nil {
				n++
			}
		}
		written <- n
	}()
	path := filepath.Join(t.TempDir(), "kept", "x.berth")
	v := mustFinish(t, e, e.Backup(name, path))
	stop()
	if n := <-written; n == 0 {
		t.Error("nothing was written meanwhile")
	}
	if !strings.Contains(v.Detail, path) {
		t.Errorf("it ends with %q", v.Detail)
	}
	waitHealthy(t, e, name)
	info, err := e.InspectBackup(path)
	if err != nil || info.Spec.Name != name || info.Manifest.State != "paused" || len(info.Manifest.Parts) != 3 || info.Manifest.Image.Opencode == "" {
		t.Errorf("it says %+v, %v", info, err)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Contains(text[:64<<10], []byte("PASSWORD")) {
		t.Errorf("the manifest may hold a secret (%v)", err)
	}

	t.Run("under another name", func(t *testing.T) {
		other := enginetest.Name(t)
		deleteAtTheEnd(t, docker, other)
		mustFinish(t, e, e.Restore(path, other, false))
		waitHealthy(t, e, other)
		left.find(t, ask(t, e, other))
		integrity(t, e, other)
	})
	t.Run("on another engine", func(t *testing.T) {
		far := open(t, podman.Host, nil)
		other := enginetest.Name(t)
		deleteAtTheEnd(t, podman, other)
		mustFinish(t, far, far.Restore(path, other, false))
		waitHealthy(t, far, other)
		left.find(t, ask(t, far, other))
		integrity(t, far, other)
	})
	t.Run("over what is there, which is kept", func(t *testing.T) {
		newSession(t, e, name, "later")
		mustFinish(t, e, e.Restore(path, name, false))
		waitHealthy(t, e, name)
		left.find(t, ask(t, e, name))
		if hasSession(t, e, name, "later") {
			t.Error("what came after the backup is still there")
		}
		kept := points(t, e, name)
		if len(kept) != 1 || kept[0].Reason != "restore" || len(kept[0].Roles) != 3 {
			t.Fatalf("its rollback points are %+v", kept)
		}
		mustFinish(t, e, e.Rollback(name, kept[0].ID))
		waitHealthy(t, e, name)
		if !hasSession(t, e, name, "later") {
			t.Error("the rollback did not bring back what was there before the restore")
		}
		left.find(t, ask(t, e, name))
	})
	t.Run("after everything was deleted", func(t *testing.T) {
		data, err := e.DataOf(t.Context(), name)
		if err != nil || len(data.Volumes) != 3 || data.Files < 10 || data.Bytes < 10_000 || len(data.Sessions) == 0 || data.Points != 2 {
			t.Errorf("it holds %+v, %v", data, err)
		}
		mustFinish(t, e, e.DeleteData(name))
		nothingOf(t, docker, name)
		mustFinish(t, e, e.Restore(path, name, false))
		waitHealthy(t, e, name)
		left.find(t, ask(t, e, name))
	})
	t.Run("over volumes whose container was removed", func(t *testing.T) {
		newSession(t, e, name, "orphan")
		mustFinish(t, e, e.Remove(name))
		mustFinish(t, e, e.Restore(path, name, false))
		waitHealthy(t, e, name)
		if hasSession(t, e, name, "orphan") || len(points(t, e, name)) != 1 {
			t.Error("the volumes were not kept as a point, or not replaced")
		}
		left.find(t, ask(t, e, name))
	})
}

// nothingOf fails when an engine has anything that is of a sandbox.
func nothingOf(t *testing.T, of *enginetest.Engine, name string) {
	t.Helper()
	if list := of.Containers(t, name); len(list) > 0 {
		t.Errorf("containers %q are left", list)
	}
	volumes, err := of.Client.VolumeList(t.Context(), dockervolume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range volumes.Volumes {
		if strings.Contains(v.Name, name) {
			t.Errorf("the volume %s is left", v.Name)
		}
	}
	images, err := of.Client.ImageList(t.Context(), dockerimage.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range images {
		for _, tag := range i.RepoTags {
			if strings.Contains(tag, sandbox.KeptImages+":"+name) {
				t.Errorf("the image %s is left", tag)
			}
		}
	}
}

func TestABackupThatGoesWrongLeavesNothingAndChangesNothing(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Start(name))
	before := waitHealthy(t, e, name)
	dir := t.TempDir()

	if v := finish(t, e, e.Backup(name, "/proc/berth/x.berth")); v.State != task.Failed || !strings.Contains(v.Err.Error(), "/proc/berth") {
		t.Errorf("a folder that takes nothing: %v", v.Err)
	}
	id := e.Backup(name, filepath.Join(dir, "x.berth"))
	enginetest.Eventually(t, time.Minute, "the reading to begin", func() bool {
		return slices.ContainsFunc(e.tasks.Find(id).View().Steps, func(s task.StepView) bool { return s.State == task.StepActive })
	})
	e.Cancel(id)
	if v := finish(t, e, id); v.State != task.Cancelled {
		t.Errorf("it ended as %s: %v", v.State, v.Err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("files %v are left, %v", left, err)
	}
	if after := waitHealthy(t, e, name); after.ContainerID != before.ContainerID {
		t.Error("it is another container")
	}

	damaged := filepath.Join(dir, "damaged.berth")
	mustFinish(t, e, e.Backup(name, damaged))
	text, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-5000] ^= 1
	if err := os.WriteFile(damaged, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if v := finish(t, e, e.Restore(damaged, name, false)); !errors.Is(v.Err, fault.BadInput) {
		t.Errorf("a damaged backup was restored: %v", v.Err)
	}
	if after := waitHealthy(t, e, name); after.ContainerID != before.ContainerID || len(points(t, e, name)) != 0 {
		t.Error("the sandbox was touched")
	}
}

// What opens a sandbox wider than the defaults is not taken from a file that may be anybody's.
func TestABackupOpensNothingWider(t *testing.T) {
	wide := sandbox.Spec{
		BindIP: "0.0.0.0", CapAdd: []string{"SYS_ADMIN"}, OpenAuth: true, Projects: "/home/me", Mounts: []sandbox.Mount{{Source: "/", Target: "/host"}},
		Memory: 1 << 30,
	}
	if got := narrowed(wide, sandbox.Spec{}); len(widened(got)) != 0 || got.Memory != 1<<30 {
		t.Errorf("it is %+v", got)
	}
	if got := narrowed(wide, wide); len(widened(got)) != len(widened(wide)) {
		t.Errorf("what the present one has was taken away: %+v", got)
	}
}

func TestAnUpdateIsATransactionWithAWayBack(t *testing.T) {
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, func(s *config.Settings) { s.Backup.Folder = t.TempDir() })
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	old := "berth/opencode:1.18.1-" + name
	variant(t, of, pinned, old, "1.18.1", "")
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: old}))
	first := waitHealthy(t, e, name)
	left := leaveSomething(t, ask(t, e, name))
	if !strings.HasSuffix(pinned, ":"+first.Update) || first.Update == "" {
		t.Logf("the window offers %q", first.Update) // it compares what opencode itself says, which is the same here
	}

	mustFinish(t, e, e.Update(name))
	second := waitFor(t, e, name, "updated", func(s Sandbox) bool { return s.Spec.Image == pinned && s.State == sandbox.Healthy })
	left.find(t, ask(t, e, name))
	if second.Address != first.Address {
		t.Errorf("it moved from %s to %s", first.Address, second.Address)
	}
	kept := points(t, e, name)
	if len(kept) != 1 || kept[0].Version != "1.18.1" || kept[0].Reason != "update" {
		t.Fatalf("its rollback points are %+v", kept)
	}
	if v := mustFinish(t, e, e.Update(name)); v.Detail != "it is up to date" || len(points(t, e, name)) != 1 {
		t.Errorf("the second update says %q", v.Detail)
	}

	newSession(t, e, name, "after the update")
	mustFinish(t, e, e.Rollback(name, kept[0].ID))
	back := waitFor(t, e, name, "rolled back", func(s Sandbox) bool { return s.Spec.Image == old && s.State == sandbox.Healthy })
	left.find(t, ask(t, e, name))
	if hasSession(t, e, name, "after the update") || back.Address != first.Address {
		t.Error("it is not what it was")
	}
	if all := points(t, e, name); len(all) != 2 || all[0].Reason != "rollback" {
		t.Errorf("its rollback points are %+v", all)
	}

	// No more are kept than the settings say, and the newest are those that stay.
	one := 1
	s := e.Settings()
	s.Update.Points = &one
	if err := e.Apply(s); err != nil {
		t.Fatal(err)
	}
	mustFinish(t, e, e.Update(name))
	if all := points(t, e, name); len(all) != 1 || all[0].Version != "1.18.1" {
		t.Errorf("its rollback points are %+v", all)
	}
	mustFinish(t, e, e.RemovePoint(name, points(t, e, name)[0].ID))
	if all := points(t, e, name); len(all) != 0 {
		t.Errorf("its rollback points are %+v", all)
	}
}

func TestAnUpdateThatSpoilsTheDataIsTakenBackWithThem(t *testing.T) {
	for _, runs := range []bool{true, false} {
		t.Run(fmt.Sprintf("running %v", runs), func(t *testing.T) { spoils(t, runs) })
	}
}

func spoils(t *testing.T, runs bool) {
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	ref := enginetest.Registry(t) + "/" + name + ":1"
	variant(t, of, pinned, "localhost/"+name+":good", "1.18.1", "")
	variant(t, of, pinned, "localhost/"+name+":bad", "1.18.2", vandal)
	enginetest.Push(t, of, "localhost/"+name+":good", ref)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	t.Cleanup(func() { removeImage(of.Client, ref) })
	first := waitHealthy(t, e, name)
	left := leaveSomething(t, ask(t, e, name))
	if !runs {
		mustFinish(t, e, e.Stop(name))
	}
	enginetest.Push(t, of, "localhost/"+name+":bad", ref)

	v := finish(t, e, e.Update(name))
	if !errors.Is(v.Err, fault.Unhealthy) || !strings.Contains(v.Err.Error(), "ended with 7") {
		t.Errorf("it ends with %v", v.Err)
	}
	if runs {
		waitHealthy(t, e, name)
	} else {
		s := waitFor(t, e, name, "stopped as it was", func(s Sandbox) bool { return s.State == sandbox.Stopped })
		if s.Err == nil {
			t.Error("the window is not told why")
		}
		mustFinish(t, e, e.Start(name))
	}
	back := waitHealthy(t, e, name)
	if back.ContainerID != first.ContainerID {
		t.Error("it is another container than before")
	}
	left.find(t, ask(t, e, name))
	integrity(t, e, name)
	if all := points(t, e, name); len(all) != 0 {
		t.Errorf("a point of nothing is left: %+v", all)
	}
	if n := of.Containers(t, name); len(n) != 1 {
		t.Errorf("its containers are %q", n)
	}
}

// Another major version of opencode is a program of its own: all is backed up before it comes, and one that this Berth does
// not know does not come at all.
func TestAnotherMajorVersionIsBackedUpBeforeOrRefused(t *testing.T) {
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	dir := t.TempDir()
	e := open(t, of.Host, func(s *config.Settings) { s.Backup.Folder = dir })
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	ref := enginetest.Registry(t) + "/" + name + ":1"
	t.Cleanup(func() { removeImage(of.Client, ref) })
	for _, version := range []string{"1.18.1", "2.0.0", "0.9.9"} {
		variant(t, of, pinned, "localhost/"+name+":"+version, version, "")
	}
	enginetest.Push(t, of, "localhost/"+name+":1.18.1", ref)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	before := waitHealthy(t, e, name)
	enginetest.Push(t, of, "localhost/"+name+":2.0.0", ref)
	if v := finish(t, e, e.Update(name)); !errors.Is(v.Err, fault.BadInput) || !strings.Contains(v.Err.Error(), "2.0.0") {
		t.Errorf("a version nobody knows: %v", v.Err)
	}
	enginetest.Push(t, of, "localhost/"+name+":0.9.9", ref)
	if v := finish(t, e, e.Update(name)); !errors.Is(v.Err, fault.BadInput) || !strings.Contains(v.Err.Error(), "older") {
		t.Errorf("an older version: %v", v.Err)
	}
	if after := waitHealthy(t, e, name); after.ContainerID != before.ContainerID || len(e.Backups(name)) != 0 {
		t.Error("it was touched")
	}
	if !crosses("0.9.9", "1.18.33") || crosses("1.18.1", "1.19.0") || crosses("", "1.0.0") {
		t.Error("major versions are not told apart")
	}

	// One that an earlier Berth made of an opencode 0.x is updated, with a whole backup before.
	mustFinish(t, e, e.Remove(name))
	cli := of.Client
	if _, err := cli.ImageInspect(t.Context(), "localhost/"+name+":0.9.9"); err != nil {
		t.Fatal(err)
	}
	old, err := sandbox.Labels(sandbox.Spec{Name: name, Image: ref})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cli.ContainerCreate(t.Context(), &container.Config{Image: "localhost/" + name + ":0.9.9", Labels: old}, nil, nil, nil, sandbox.ContainerName(name)); err != nil {
		t.Fatal(err)
	}
	enginetest.Push(t, of, "localhost/"+name+":1.18.1", ref)
	mustFinish(t, e, e.Update(name))
	if all := e.Backups(name); len(all) != 1 || !all[0].Scheduled {
		t.Errorf("its backups are %+v", all)
	} else if m, err := backup.Verify(t.Context(), all[0].Path, nil); err != nil || m.Image.Opencode != "0.9.9" {
		t.Errorf("the backup is of %+v, %v", m.Image, err)
	}
}

func TestACloneIsASandboxOfItsOwn(t *testing.T) {
	for engine, of := range map[string]*enginetest.Engine{"Docker": enginetest.Shared(t), "Podman": enginetest.Podman(t)} {
		t.Run(engine, func(t *testing.T) {
			ensureBuilt(t, of)
			e := open(t, of.Host, nil)
			name, to := enginetest.Name(t), enginetest.Name(t)
			mustFinish(t, e, e.Start(name))
			waitHealthy(t, e, name)
			left := leaveSomething(t, ask(t, e, name))
			mustFinish(t, e, e.Clone(name, to))
			waitHealthy(t, e, to)
			left.find(t, ask(t, e, to))
			newSession(t, e, to, "only in the clone")
			if hasSession(t, e, name, "only in the clone") || waitHealthy(t, e, name).Address == waitHealthy(t, e, to).Address {
				t.Error("the two are one")
			}
			if v := finish(t, e, e.Clone(name, to)); !errors.Is(v.Err, fault.NameTaken) {
				t.Errorf("a name that is taken: %v", v.Err)
			}
			if v := finish(t, e, e.Clone(name, "A b")); !errors.Is(v.Err, fault.BadInput) {
				t.Errorf("a name that is none: %v", v.Err)
			}
			marks(t, of, to)
		})
	}
}

// marks fails when a mark of something unfinished is left.
func marks(t *testing.T, of *enginetest.Engine, name string) {
	t.Helper()
	list, err := of.Client.VolumeList(t.Context(), dockervolume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list.Volumes {
		if strings.HasPrefix(v.Name, "berth-") && !strings.HasPrefix(v.Name, "berth-point-") && strings.HasSuffix(v.Name, name) {
			t.Errorf("the mark %s is left", v.Name)
		}
	}
}

func TestWhatBelongsToAnotherUserIsSaidAndRepaired(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left := leaveSomething(t, ask(t, e, name))
	mustFinish(t, e, e.Stop(name))
	cli := of.Client
	with, err := volume.NewCopier(t.Context(), cli, ensureBuilt(t, of))
	if err != nil {
		t.Fatal(err)
	}
	if err := with.Own(t.Context(), 0, 0, "test", volume.Name(agent.Session, name)); err != nil {
		t.Fatal(err)
	}
	v := finish(t, e, e.Start(name))
	var f *fault.Error
	if !errors.As(v.Err, &f) || f.Kind != fault.NotWritable || f.Action != fault.RepairOwnership || !strings.Contains(f.Why, ".local") {
		t.Errorf("the start ends with %v", v.Err)
	}
	mustFinish(t, e, e.Repair(name, false))
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
}

func TestVolumesAreListedMeasuredAndBrowsed(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	leaveSomething(t, ask(t, e, name))
	mustFinish(t, e, e.Measure())
	mine := func() []Volume {
		all, err := e.Volumes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(all, func(v Volume) bool { return v.Sandbox != name })
	}
	all := mine()
	if len(all) != 3 || all[0].Role != agent.Session || all[0].Size < 10_000 || all[0].Measured.IsZero() || all[0].Orphan || !slices.Contains(all[0].UsedBy, "berth-"+name) {
		t.Errorf("its volumes are %+v", all)
	}
	files, err := e.Browse(t.Context(), name, agent.Projects, "")
	if err != nil || !slices.ContainsFunc(files, func(f File) bool { return f.Name == "kept.txt" && f.Size > 5 }) {
		t.Errorf("its projects hold %+v, %v", files, err)
	}
	path := filepath.Join(t.TempDir(), "out.txt")
	mustFinish(t, e, e.SaveFile(name, agent.Projects, "kept.txt", path))
	if text, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(text), "mark-") {
		t.Errorf("saved %q, %v", text, err)
	}
	mustFinish(t, e, e.Remove(name))
	enginetest.Eventually(t, 10*time.Second, "the volumes to be nobody's", func() bool { return mine()[0].Orphan })
	mustFinish(t, e, e.Start(name))
	enginetest.Eventually(t, 10*time.Second, "the volumes to be taken over", func() bool { return !mine()[0].Orphan })
}
