package engine

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// What was chosen for a sandbox outlives its container, whatever makes the next one.
func TestASandboxIsBroughtBackAsItWas(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Create(sandbox.Spec{
		Name: name, Image: pinned, Memory: 1 << 30, CPUs: 1.5, Restart: "no", Hardened: true,
		Env: map[string]string{"CHOSEN": "yes"}, Mounts: []sandbox.Mount{{Source: t.TempDir(), Target: "/reference", ReadOnly: true}},
	}))
	was := waitHealthy(t, e, name).Spec
	left := leaveSomething(t, ask(t, e, name))
	same := func(t *testing.T, of string, spec sandbox.Spec) {
		t.Helper()
		spec.Name, spec.Port = was.Name, was.Port // a clone has its own; a port may be another's by now
		if !reflect.DeepEqual(spec, was) {
			t.Errorf("%s: it was %+v and is %+v", of, was, spec)
		}
	}
	isBack := func(t *testing.T, of string) {
		t.Helper()
		same(t, of, waitHealthy(t, e, name).Spec)
		left.find(t, ask(t, e, name))
	}
	remove := func(t *testing.T) {
		t.Helper()
		mustFinish(t, e, e.Remove(name))
	}

	remove(t)
	enginetest.Eventually(t, 10*time.Second, "the volumes to say what the sandbox was", func() bool {
		all, err := e.Volumes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(all, func(v Volume) bool { return v.Sandbox == name && v.Role == agent.Session })
		return at >= 0 && all[at].Was != nil && reflect.DeepEqual(*all[at].Was, was)
	})
	path := filepath.Join(t.TempDir(), "gone.berth")
	mustFinish(t, e, e.Backup(name, path))
	info, err := e.InspectBackup(path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a backup", info.Spec)
	clone := enginetest.Name(t)
	deleteAtTheEnd(t, of, clone)
	mustFinish(t, e, e.Clone(name, clone))
	same(t, "a clone", waitHealthy(t, e, clone).Spec)
	mustFinish(t, e, e.DeleteData(clone))
	nothingOf(t, of, clone)

	mustFinish(t, e, e.Start(name))
	isBack(t, "a start")
	remove(t)
	// Not from the file without leave, but what it was is its own.
	mustFinish(t, e, e.Restore(path, name, false))
	isBack(t, "a restore")
	if marks := halfDone(t, of, name); len(marks) > 0 {
		t.Errorf("left are %q", marks)
	}

	// Who removes it outside Berth removes all of it; what was kept once is of an older one.
	if err := of.Client.ContainerRemove(t.Context(), sandbox.ContainerName(name), container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	mustFinish(t, e, e.Start(name))
	isPlain := func() {
		t.Helper()
		if spec := waitHealthy(t, e, name).Spec; spec.Env != nil || spec.Memory == was.Memory {
			t.Errorf("it is %+v", spec)
		}
	}
	isPlain()
	left.find(t, ask(t, e, name))

	// Without its data it is another one, whether they were deleted here or outside.
	mustFinish(t, e, e.DeleteData(name))
	mustFinish(t, e, e.Create(was))
	waitHealthy(t, e, name)
	remove(t)
	for _, role := range agent.Roles {
		if err := of.Client.VolumeRemove(t.Context(), volume.Name(role, name), true); err != nil {
			t.Fatal(err)
		}
	}
	mustFinish(t, e, e.Start(name))
	isPlain()
	remove(t)
	mustFinish(t, e, e.DeleteData(name))
	nothingOf(t, of, name)
}

// Its reference names another one meanwhile.
func TestASandboxIsBroughtBackOnTheImageThatItRan(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	ref := "localhost/" + name + ":x"
	of.Variant(t, pinned, ref+"-old", "1.18.1", "")
	of.Variant(t, pinned, ref+"-new", "1.18.9", "")
	names := func(version string) {
		t.Helper()
		if err := of.Client.ImageTag(t.Context(), ref+"-"+version, ref); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { removeImage(of.Client, ref) })
	names("new")
	before, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref, Memory: 1 << 30}))
	names("old")
	twin := enginetest.Name(t)
	deleteAtTheEnd(t, of, twin)
	mustFinish(t, e, e.Clone(name, twin))
	if now := waitHealthy(t, e, twin); now.ImageID != before.ImageID {
		t.Errorf("the clone of what runs is of %s, and that runs %s", now.ImageID, before.ImageID)
	}
	mustFinish(t, e, e.DeleteData(twin))

	mustFinish(t, e, e.Remove(name))
	all, err := e.Images(t.Context())
	at := slices.IndexFunc(all, func(i Image) bool { return sameImage(i.ID, before.ImageID) })
	if err != nil || at < 0 || all[at].Leftover || !slices.Equal(all[at].KeptFor, []string{name}) {
		t.Fatalf("a clean-up would take the image that it ran: %+v (%v)", all, err)
	}
	if v := finish(t, e, e.RemoveImage(all[at])); !errors.Is(v.Err, fault.ImageInUse) || !strings.Contains(v.Err.Error(), "kept for "+name) {
		t.Errorf("its image can be removed: %v", v.Err)
	}
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref, Memory: 2 << 30})) // by the form, with something else changed
	if now := waitHealthy(t, e, name); now.ImageID != before.ImageID || now.Spec.Memory != 2<<30 {
		t.Errorf("it ran %s and is %+v", before.ImageID, now)
	}
	mustFinish(t, e, e.Edit(before.Spec))
	mustFinish(t, e, e.Remove(name))
	mustFinish(t, e, e.Start(name))
	if now := waitHealthy(t, e, name); now.ImageID != before.ImageID || !reflect.DeepEqual(now.Spec, before.Spec) {
		t.Errorf("it was %+v and is %+v", before, now)
	}
	left.find(t, ask(t, e, name))

	// No other name leads to it, and it stays.
	mustFinish(t, e, e.Remove(name))
	removeImage(of.Client, ref+"-new")
	clone := enginetest.Name(t)
	deleteAtTheEnd(t, of, clone)
	mustFinish(t, e, e.Clone(name, clone))
	if now := waitHealthy(t, e, clone); now.ImageID != before.ImageID {
		t.Errorf("its clone runs %s, and it ran %s", now.ImageID, before.ImageID)
	}
	left.find(t, ask(t, e, clone))
	mustFinish(t, e, e.DeleteData(clone))
	mustFinish(t, e, e.Start(name))
	if now := waitHealthy(t, e, name); now.ImageID != before.ImageID {
		t.Errorf("it runs %s, and ran %s", now.ImageID, before.ImageID)
	}

	// With that image gone, what is left is an opencode that may not read its data.
	mustFinish(t, e, e.Remove(name))
	removeImage(of.Client, before.ImageID)
	for what, id := range map[string]task.ID{"a start": e.Start(name), "a clone": e.Clone(name, clone)} {
		if v := finish(t, e, id); !errors.Is(v.Err, fault.BadInput) || !strings.Contains(v.Err.Error(), "1.18.1 is older") {
			t.Errorf("%s with an older opencode: %v", what, v.Err)
		}
	}
	if err := of.Client.ImageTag(t.Context(), pinned, ref); err != nil { // the way out: a newer one
		t.Fatal(err)
	}
	mustFinish(t, e, e.Start(name))
	if spec := waitHealthy(t, e, name).Spec; spec.Memory != 1<<30 {
		t.Errorf("it is %+v", spec)
	}
	left.find(t, ask(t, e, name))
	if all := points(t, e, name); len(all) != 1 {
		t.Errorf("another opencode got its data, and the rollback points are %+v", all)
	}
}

// A folder that it mounted is gone: that is no reason not to restore over its volumes.
func TestARestoreOverVolumesOfASandboxThatCannotBeMadeAgain(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	folder := filepath.Join(t.TempDir(), "reference")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	_, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref}))
	path := filepath.Join(t.TempDir(), "x.berth")
	mustFinish(t, e, e.Backup(name, path))
	mustFinish(t, e, e.Edit(sandbox.Spec{Name: name, Image: ref, Memory: 1 << 30, Mounts: []sandbox.Mount{{Source: folder, Target: "/reference", ReadOnly: true}}}))
	mustFinish(t, e, e.Remove(name))
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	var why *fault.Error
	v := finish(t, e, e.Start(name))
	if _, err := os.Stat(folder); err == nil && v.Err == nil {
		t.Skip("the engine makes a folder that is to be mounted and is gone")
	}
	if !errors.As(v.Err, &why) || !strings.HasPrefix(why.Remedy, "Bring it back with other settings") {
		t.Errorf("a start without what it mounted: %v", v.Err)
	}
	mustFinish(t, e, e.Restore(path, name, false))
	if spec := waitHealthy(t, e, name).Spec; len(spec.Mounts) > 0 {
		t.Errorf("it mounts %+v", spec.Mounts)
	}
	left.find(t, ask(t, e, name))
	all, err := sandbox.Points(t.Context(), of.Client, name)
	if err != nil || len(all) != 1 {
		t.Fatalf("what was there is not kept as a rollback point: %+v, %v", all, err)
	}
	if spec := all[0].Spec; spec.Memory != 1<<30 || spec.Image != ref || len(spec.Mounts) > 0 {
		t.Errorf("a rollback would make it %+v", spec)
	}
	if len(told(e, "A rollback would bring "+name+" back without the folders")) != 1 {
		t.Error("nobody is told that a rollback would bring it back without its folder")
	}
}

// An image that another Berth built cannot be built by this one, nor pulled.
func TestASandboxWhoseImageIsGoneIsBroughtBackOnThatOfTheSettings(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name, form := enginetest.Name(t), enginetest.Name(t)
	built := "berth/opencode:0.0.1-" + name
	of.Variant(t, pinned, built, "1.18.1", "")
	t.Cleanup(func() { removeImage(of.Client, built) })
	id := ""
	for _, n := range []string{name, form} {
		deleteAtTheEnd(t, of, n)
		mustFinish(t, e, e.Create(sandbox.Spec{Name: n, Image: built, Memory: 1 << 30}))
		id = waitHealthy(t, e, n).ImageID
		mustFinish(t, e, e.Remove(n))
	}
	removeImage(of.Client, id) // with all of its names
	for n, started := range map[string]task.ID{name: e.Start(name), form: e.Create(sandbox.Spec{Name: form, Image: built, Memory: 1 << 30})} {
		mustFinish(t, e, started)
		if spec := waitHealthy(t, e, n).Spec; spec.Image != pinned || spec.Memory != 1<<30 {
			t.Errorf("it is %+v", spec)
		}
	}
	all := told(e, built+" is not on this engine")
	if len(all) != 2 || !strings.Contains(all[0], "the image of the settings") {
		t.Errorf("told was %q", all)
	}
	// Who names it all the same is not given what a registry has under that name.
	other := enginetest.Name(t)
	if v := finish(t, e, e.Create(sandbox.Spec{Name: other, Image: built})); !errors.Is(v.Err, fault.ImageNotFound) || !strings.Contains(v.Err.Error(), "another Berth") {
		t.Errorf("it ended with %v", v.Err)
	}
	nothingOf(t, of, other)
}

// Berth dies between the mark and the removal: the container says what it is, and the mark goes.
func TestARemovalThatBerthDiesInKeepsNothingBesideTheContainer(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	gate := enginetest.NewGate(t, of.Host)
	first := open(t, gate.Host, nil)
	mustFinish(t, first, first.Create(sandbox.Spec{Name: name, Image: ref, Memory: 1 << 30}))
	gate.Before(func(request string) bool { return strings.HasSuffix(request, "/stop") }, gate.Die)
	first.Remove(name)
	enginetest.Eventually(t, time.Minute, "the death", gate.Dead)
	first.Close()
	if _, known, err := sandbox.KeptSpec(t.Context(), of.Client, name); !known || err != nil {
		t.Fatalf("there was no mark yet (%v)", err)
	}

	next := open(t, of.Host, nil)
	enginetest.Eventually(t, time.Minute, "the mark to go", func() bool {
		_, known, err := sandbox.KeptSpec(t.Context(), of.Client, name)
		return next.Snapshot().Listed && !known && err == nil
	})
	mustFinish(t, next, next.Start(name))
	if spec := waitHealthy(t, next, name).Spec; spec.Memory != 1<<30 {
		t.Errorf("it is %+v", spec)
	}
}
