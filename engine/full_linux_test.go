package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// small mounts a file system of that size, "64k", on a folder of its own until the end of the test.
func small(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("a file system of its own needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestABackupThatDoesNotFitIsSaidAndLeavesNothing(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	dir := small(t, "32k")
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Start(name))
	before := waitHealthy(t, e, name)
	v := finish(t, e, e.Backup(name, filepath.Join(dir, "x.berth")))
	if v.State != task.Failed || !strings.Contains(v.Err.Error(), "is full") {
		t.Errorf("it ended as %s: %v", v.State, v.Err)
	}
	wantEmpty(t, dir)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if v := finish(t, e, e.Backup(name, filepath.Join(dir, "x.berth"))); v.State != task.Failed || !strings.Contains(v.Err.Error(), "cannot be written") {
		t.Errorf("a folder that is read only: %s: %v", v.State, v.Err)
	}
	if after := waitHealthy(t, e, name); after.ContainerID != before.ContainerID {
		t.Error("it is another container")
	}
}

// The backup is half written when the share is gone.
func TestABackupToANetworkShareThatGoesAwayIsSaidAndChangesNothing(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	far, dir := t.TempDir(), t.TempDir()
	gone := enginetest.Sshd(t).Share(far, dir)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Start(name))
	before := waitHealthy(t, e, name)
	sh(t, of, "berth-"+name, "head -c 200000000 /dev/urandom > ~/.local/share/opencode/big")
	id := e.Backup(name, filepath.Join(dir, "x.berth"))
	enginetest.Eventually(t, time.Minute, "a part of it to be there", func() bool {
		entries, err := os.ReadDir(far)
		if err != nil || len(entries) == 0 {
			return false
		}
		info, err := entries[0].Info()
		return err == nil && info.Size() > 8<<20
	})
	gone()
	v := finish(t, e, id)
	if v.State != task.Failed || !strings.Contains(v.Err.Error(), "does not answer any more") {
		t.Errorf("it ended as %s: %v", v.State, v.Err)
	}
	if after := waitHealthy(t, e, name); after.ContainerID != before.ContainerID || after.Since != before.Since {
		t.Error("the sandbox is not as it was")
	}
	if v := finish(t, e, e.Backup(name, filepath.Join(dir, "y.berth"))); v.State != task.Failed || !strings.Contains(v.Err.Error(), "does not answer any more") {
		t.Errorf("one that begins without the share ended as %s: %v", v.State, v.Err)
	}
	mustFinish(t, e, e.Backup(name, filepath.Join(t.TempDir(), "z.berth")))
}

// The backup is read half when the share is gone: that says nothing of the backup.
func TestARestoreFromANetworkShareThatGoesAwayIsSaidAndChangesNothing(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	far, dir := t.TempDir(), t.TempDir()
	gone := enginetest.Sshd(t).Share(far, dir)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Start(name))
	before := waitHealthy(t, e, name)
	sh(t, of, "berth-"+name, "head -c 200000000 /dev/urandom > ~/.local/share/opencode/big")
	mustFinish(t, e, e.Backup(name, filepath.Join(far, "x.berth")))
	id := e.Restore(filepath.Join(dir, "x.berth"), name, false)
	enginetest.Eventually(t, time.Minute, "a part of it to be read", func() bool {
		return slices.ContainsFunc(e.tasks.Find(id).View().Steps, func(s task.StepView) bool { return s.ID == "check" && s.Current > 8<<20 })
	})
	gone()
	for _, when := range []string{"in the middle", "before it begins"} {
		v := finish(t, e, id)
		if f := fault.From("", v.Err); v.State != task.Failed || !strings.Contains(f.Why, "does not answer any more") || strings.Contains(f.Remedy, "another backup") {
			t.Errorf("without the share %s it ended as %s: %v, %q", when, v.State, v.Err, f)
		}
		if when == "in the middle" {
			id = e.Restore(filepath.Join(dir, "x.berth"), name, false)
		}
	}
	if after := waitHealthy(t, e, name); after.ContainerID != before.ContainerID || after.Since != before.Since {
		t.Error("the sandbox is not as it was")
	}
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("files %v are left, %v", left, err)
	}
}

// The volume of the sandbox is as small as a full disk, and takes the backup half.
func TestARestoreThatDoesNotFitBringsBackWhatWasThere(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name, big := enginetest.Name(t), enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Start(big))
	waitHealthy(t, e, big)
	sh(t, of, "berth-"+big, "head -c 24000000 /dev/urandom > ~/.local/share/opencode/big")
	path := filepath.Join(t.TempDir(), "big.berth")
	mustFinish(t, e, e.Backup(big, path))

	dir := small(t, "16m")
	if _, err := of.Client.VolumeCreate(t.Context(), dockervolume.CreateOptions{
		Name: volume.Name(agent.Session, name), DriverOpts: map[string]string{"type": "none", "o": "bind", "device": dir},
	}); err != nil {
		t.Fatal(err)
	}
	_, left := inUse(t, e, name, e.Start(name))
	v := finish(t, e, e.Restore(path, name, false))
	if v.State != task.Failed || !strings.Contains(v.Err.Error(), "the engine's disk is full") {
		t.Errorf("it ended as %s: %v", v.State, v.Err)
	}
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
	integrity(t, e, name)
}

// The engine's disk gets full while the volumes are kept for a way back.
func TestAnUpdateWhoseRollbackPointDoesNotFitLeavesTheSandboxAsItWas(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	name, dir := enginetest.Name(t), small(t, "16m")
	deleteAtTheEnd(t, of, name)
	old := "berth/opencode:1.18.1-" + name
	variant(t, of, pinned, old, "1.18.1", "")
	gate := enginetest.NewGate(t, of.Host)
	kept := 0
	gate.Volumes(func(v *dockervolume.CreateOptions) {
		if strings.HasPrefix(v.Name, volume.Name(agent.Session, name)+".") {
			kept++
			v.DriverOpts = map[string]string{"type": "none", "o": "bind", "device": dir}
		}
	})
	e := open(t, gate.Host, nil)
	before, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: old}))
	sh(t, of, "berth-"+name, "head -c 24000000 /dev/urandom > ~/.local/share/opencode/big")

	v := finish(t, e, e.Update(name))
	if kept != 1 || v.State != task.Failed || !strings.Contains(v.Err.Error(), "the engine's disk is full") {
		t.Errorf("with %d volumes on the small disk it ended as %s: %v", kept, v.State, v.Err)
	}
	if after := waitHealthy(t, e, name); after.ContainerID != before.ContainerID {
		t.Error("it is another container")
	}
	if half := halfDone(t, of, name); len(half) != 0 || len(points(t, e, name)) != 0 {
		t.Errorf("left are %q and the points %+v", half, points(t, e, name))
	}
	left.find(t, ask(t, e, name))
	integrity(t, e, name)
}
