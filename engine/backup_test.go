package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

func TestABackupOfARunningSandboxBringsItBackAnywhere(t *testing.T) {
	enginetest.Slow(t)
	docker, podman := enginetest.Shared(t), enginetest.Podman(t)
	ensureBuilt(t, docker)
	ensureBuilt(t, podman)
	e := open(t, docker.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, docker, name)
	_, left := inUse(t, e, name, e.Start(name))

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
	networks, err := of.Client.NetworkList(t.Context(), network.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		if strings.Contains(n.Name, name) {
			t.Errorf("the network %s is left", n.Name)
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
	enginetest.Slow(t)
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
		Memory: 1 << 30, Env: map[string]string{"HTTPS_PROXY": "http://elsewhere"},
		Extra: map[string]json.RawMessage{"privileged": json.RawMessage("true")}, // a newer Berth may know what it means
	}
	if got := narrowed(wide, sandbox.Spec{}); len(widened(got)) != 0 || got.Memory != 1<<30 || len(got.Extra) != 0 {
		t.Errorf("it is %+v", got)
	}
	if got := narrowed(wide, wide); len(widened(got)) != len(widened(wide)) {
		t.Errorf("what the present one has was taken away: %+v", got)
	}
}
