package engine

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// Another image is chosen for a sandbox without a container: that is a change of one that has data.
func TestASandboxIsBroughtBackOnAnotherImageAsATransaction(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	pinned := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	ref := "localhost/" + name + ":"
	for version, program := range map[string]string{"1.18.1": "", "1.18.2": "", "1.18.3": vandal, "1.18.4": ""} {
		of.Variant(t, pinned, ref+version, version, program)
	}
	before, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref + "1.18.2", Memory: 1 << 30}))
	mustFinish(t, e, e.Remove(name))
	gone := func(what string) {
		t.Helper()
		kept, known, err := sandbox.KeptSpec(t.Context(), of.Client, name)
		found, look := sandbox.Find(t.Context(), of.Client, name)
		if err != nil || look != nil || !known || found != nil || !reflect.DeepEqual(kept.Spec, before.Spec) {
			t.Errorf("after %s it has a container: %v, and was %+v (%v, %v, %v)", what, found != nil, kept.Spec, known, err, look)
		}
	}
	on := func(version string) task.ID {
		return e.Create(sandbox.Spec{Name: name, Image: ref + version, Memory: 2 << 30})
	}

	if v := finish(t, e, on("1.18.1")); !errors.Is(v.Err, fault.BadInput) || !strings.Contains(v.Err.Error(), "1.18.1 is older") {
		t.Errorf("on an older one: %v", v.Err)
	}
	gone("an older one")
	if v := finish(t, e, on("1.18.3")); !errors.Is(v.Err, fault.Unhealthy) {
		t.Errorf("on one that does not work: %v", v.Err)
	}
	gone("one that does not work")
	if all := points(t, e, name); len(all) != 0 {
		t.Errorf("a point of nothing is left: %+v", all)
	}
	mustFinish(t, e, e.Start(name))
	if now := waitHealthy(t, e, name); now.ImageID != before.ImageID || !reflect.DeepEqual(now.Spec, before.Spec) {
		t.Errorf("it was %+v and is %+v", before, now)
	}
	left.find(t, ask(t, e, name))
	integrity(t, e, name)
	mustFinish(t, e, e.Remove(name))

	// And where Berth dies in it the next one takes it back, or has nothing to do.
	gate := enginetest.NewGate(t, of.Host)
	dying := open(t, gate.Host, nil)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return dying.Snapshot().Listed })
	gate.Before(func(request string) bool { return strings.HasSuffix(request, "/rename") }, gate.Die)
	dying.Create(sandbox.Spec{Name: name, Image: ref + "1.18.4", Memory: 2 << 30})
	enginetest.Eventually(t, 2*time.Minute, "the death", gate.Dead)
	dying.Close()
	next := open(t, of.Host, nil)
	enginetest.Eventually(t, time.Minute, "it to be taken back", func() bool {
		return next.Snapshot().Listed && len(told(next, name+": a change was interrupted")) > 0 && len(halfDone(t, of, name)) == 0
	})
	gone("a death")
	next.Close()

	mustFinish(t, e, on("1.18.4"))
	if now := waitHealthy(t, e, name); now.Spec.Image != ref+"1.18.4" || now.Spec.Memory != 2<<30 {
		t.Errorf("it is %+v", now.Spec)
	}
	left.find(t, ask(t, e, name))
	if left := halfDone(t, of, name); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
	all := points(t, e, name)
	if len(all) != 1 || all[0].Version != "1.18.2" {
		t.Fatalf("the rollback points are %+v", all)
	}
	mustFinish(t, e, e.Rollback(name, all[0].ID))
	if now := waitHealthy(t, e, name); now.ImageID != before.ImageID {
		t.Errorf("rolled back it runs %s, and ran %s", now.ImageID, before.ImageID)
	}
	left.find(t, ask(t, e, name))
}

// A removal ends with the container or without it, and what it was is known in either case.
func TestARemovalThatIsCancelledKeepsWhatItWasOrStays(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	gate := enginetest.NewGate(t, of.Host)
	e := open(t, gate.Host, nil)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref, Memory: 1 << 30}))
	for _, c := range []struct {
		at    func(request string) bool
		stays bool
	}{
		{func(r string) bool { return strings.HasSuffix(r, "/stop") }, true},
		{func(r string) bool { return strings.HasPrefix(r, "DELETE ") && strings.Contains(r, "/containers/") }, false},
	} {
		given := make(chan task.ID, 1)
		gate.Before(c.at, func() { e.Cancel(<-given) })
		id := e.Remove(name)
		given <- id
		if v := finish(t, e, id); v.State != task.Cancelled {
			t.Errorf("it ended as %s: %v", v.State, v.Err)
		}
		_, known, err := sandbox.KeptSpec(t.Context(), of.Client, name)
		found, look := sandbox.Find(t.Context(), of.Client, name)
		if err != nil || look != nil || (found != nil) != c.stays || known == c.stays {
			t.Errorf("it has a container: %v, and what it was is kept: %v (%v, %v)", found != nil, known, err, look)
		}
		if c.stays { // the engine may still be stopping it
			mustFinish(t, e, e.Stop(name))
		}
		mustFinish(t, e, e.Start(name))
		if spec := waitHealthy(t, e, name).Spec; spec.Memory != 1<<30 {
			t.Errorf("it is %+v", spec)
		}
	}
}

// A clone of a sandbox without a container needs its image first, and it may be started meanwhile.
func TestACloneOfWhatIsStartedMeanwhileCopiesNothing(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	name, to := enginetest.Name(t), enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	deleteAtTheEnd(t, of, to)
	other := open(t, of.Host, nil)
	mustFinish(t, other, other.Create(sandbox.Spec{Name: name, Image: ref}))
	mustFinish(t, other, other.Remove(name))
	gate := enginetest.NewGate(t, of.Host)
	e := open(t, gate.Host, nil)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return e.Snapshot().Listed })
	gate.Before(func(r string) bool { return strings.HasSuffix(r, "/containers/create") }, func() { // its lease
		mustFinish(t, other, other.Start(name))
	})
	if v := finish(t, e, e.Clone(name, to)); !errors.Is(v.Err, fault.VolumeInUse) || !strings.Contains(v.Err.Error(), "it was started") {
		t.Errorf("it ended with %v", v.Err)
	}
	nothingOf(t, of, to)
	mustFinish(t, e, e.Clone(name, to))
	waitHealthy(t, e, to)
}

// A container of somebody else's in one sandbox's place, and data that are gone of another's: each mark is seen to by itself.
func TestAMarkIsSweptWhateverTheOthersAre(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	taken, gone := enginetest.Name(t), enginetest.Name(t)
	for _, name := range []string{taken, gone} {
		deleteAtTheEnd(t, of, name)
		mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
		mustFinish(t, e, e.Remove(name))
	}
	e.Close()
	foreign, err := of.Client.ContainerCreate(t.Context(), &container.Config{Image: ref, Entrypoint: []string{"true"}}, nil, nil, nil, sandbox.ContainerName(taken))
	if err != nil {
		t.Fatal(err)
	}
	removeIt := func() {
		_ = of.Client.ContainerRemove(context.Background(), foreign.ID, container.RemoveOptions{Force: true})
	}
	t.Cleanup(removeIt)
	if err := of.Client.VolumeRemove(t.Context(), volume.Name(agent.Session, gone), true); err != nil {
		t.Fatal(err)
	}
	next := open(t, of.Host, nil)
	mark := func(name string) bool {
		_, err := of.Client.VolumeInspect(t.Context(), "berth-spec-"+name)
		if err != nil && !errdefs.IsNotFound(err) {
			t.Fatal(err)
		}
		return err == nil
	}
	enginetest.Eventually(t, time.Minute, "the mark of what has no data to go", func() bool { return next.Snapshot().Listed && !mark(gone) })
	if failed := told(next, "Not all that"); len(failed) > 0 || !mark(taken) {
		t.Errorf("told is %q, and the mark of what has data is there: %v", failed, mark(taken))
	}
	removeIt()
	mustFinish(t, next, next.Start(taken))
	waitHealthy(t, next, taken)
}

// The container is gone before the answer that says so is lost: all that was confirmed goes.
func TestADeletionWhoseContainerIsGoneIsCarriedThrough(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	gate := enginetest.NewGate(t, of.Host)
	e := open(t, gate.Host, nil)
	name := enginetest.Name(t)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	waitHealthy(t, e, name)
	const removal = 4
	gate.CallAt(removal, true, func() {})
	mustFinish(t, e, e.DeleteData(name))
	if asked := gate.Asked(); !strings.Contains(asked[removal-1], "DELETE ") || !strings.Contains(asked[removal-1], "/containers/") {
		t.Fatalf("cut was %q", asked[removal-1])
	}
	nothingOf(t, of, name)
}

// One that cannot be carried through, for something of a person's mounts it, keeps no other from it.
func TestADeletionThatCannotBeCarriedThroughKeepsNoOtherFromIt(t *testing.T) {
	of := enginetest.Shared(t)
	ctx := t.Context()
	names := []string{enginetest.Name(t), enginetest.Name(t), enginetest.Name(t), enginetest.Name(t)}
	for _, name := range names {
		for _, v := range []dockervolume.CreateOptions{
			{Name: "berth-deleting-" + name, Labels: map[string]string{sandbox.LabelName: name, sandbox.LabelMark: "deleting", sandbox.LabelSchema: sandbox.Schema}},
			{Name: volume.Name(agent.Session, name), Labels: volume.Labels(agent.Session, name)},
		} {
			if _, err := of.Client.VolumeCreate(ctx, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	blocked := names[1]
	foreign, err := of.Client.ContainerCreate(ctx, &container.Config{Image: enginetest.BaseImage, Cmd: []string{"true"}}, &container.HostConfig{
		Mounts: []mount.Mount{{Type: mount.TypeVolume, Source: volume.Name(agent.Session, blocked), Target: "/x"}},
	}, nil, nil, "mounts-"+blocked)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = of.Client.ContainerRemove(context.Background(), foreign.ID, container.RemoveOptions{Force: true})
	})
	e := open(t, of.Host, nil)
	enginetest.Eventually(t, longest, "the others to be gone", func() bool { return len(told(e, "Not all that")) == 1 })
	for _, name := range names {
		if name != blocked {
			nothingOf(t, of, name)
		}
	}
	if there, err := volume.Exists(ctx, of.Client, volume.Name(agent.Session, blocked)); err != nil || !there {
		t.Errorf("what is mounted is gone: %v", err)
	}
	if err := of.Client.ContainerRemove(ctx, foreign.ID, container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	enginetest.Eventually(t, longest, "it to be gone too", func() bool {
		there, err := volume.Exists(ctx, of.Client, volume.Name(agent.Session, blocked))
		return err == nil && !there
	})
}
