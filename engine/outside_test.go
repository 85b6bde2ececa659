package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/watch"
)

// sandboxesNamed are those of a snapshot with that name: there must never be two.
func sandboxesNamed(e *Engine, name string) (all []Sandbox) {
	for _, s := range e.Snapshot().Sandboxes {
		if s.Name == name {
			all = append(all, s)
		}
	}
	return all
}

func TestASandboxWhoseContainerIsRemovedOutsideComesBackOnItsVolumes(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	first, left := inUse(t, e, name, e.Start(name))
	if err := of.Client.ContainerRemove(t.Context(), first.ContainerID, container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	enginetest.Eventually(t, 20*time.Second, "the sandbox to be gone", func() bool { return len(sandboxesNamed(e, name)) == 0 })
	if v := finish(t, e, e.Stop(name)); !errors.Is(v.Err, fault.NotFound) || fault.From("", v.Err).Remedy == "" {
		t.Errorf("a stop of what is gone says %v", v.Err)
	}
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
	integrity(t, e, name)
}

// A second container on the same sessions would spoil their database.
func TestASandboxWhoseContainerIsRenamedOutsideIsShownAndNotMadeTwice(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	first, left := inUse(t, e, name, e.Start(name))
	if err := of.Client.ContainerRename(t.Context(), first.ContainerID, "mine-"+name); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func(string) task.ID{"start": e.Start, "stop": e.Stop, "remove": e.Remove} {
		v := finish(t, e, do(name))
		if !errors.Is(v.Err, fault.VolumeInUse) || !strings.Contains(v.Err.Error(), "mine-"+name) || fault.From("", v.Err).Remedy == "" {
			t.Errorf("the %s ends with %v", what, v.Err)
		}
	}
	if all := of.Containers(t, name); len(all) != 1 {
		t.Errorf("there are %q", all)
	}
	if all := sandboxesNamed(e, name); len(all) != 1 || all[0].ContainerID != first.ContainerID {
		t.Errorf("it is shown as %+v", all)
	}
	if err := of.Client.ContainerRename(t.Context(), first.ContainerID, sandbox.ContainerName(name)); err != nil {
		t.Fatal(err)
	}
	mustFinish(t, e, e.Restart(name))
	if back := waitHealthy(t, e, name); back.ContainerID != first.ContainerID {
		t.Error("it is another container")
	}
	left.find(t, ask(t, e, name))
}

// A container that is made of a committed one carries its labels.
func TestACopyOfASandboxesContainerIsNotTakenForIt(t *testing.T) {
	of := enginetest.Shared(t)
	ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	first, left := inUse(t, e, name, e.Start(name))
	own := mustInspect(t, of, sandbox.ContainerName(name))
	ctx := context.WithoutCancel(t.Context())
	var mounts []mount.Mount // as every engine tells of them
	for _, m := range own.Mounts {
		if m.Type == mount.TypeVolume {
			mounts = append(mounts, mount.Mount{Type: m.Type, Source: m.Name, Target: m.Destination})
		}
	}
	made, err := of.Client.ContainerCreate(ctx, &container.Config{Image: own.Image, Labels: own.Config.Labels},
		&container.HostConfig{Mounts: mounts}, nil, nil, "copy-of-"+name)
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Eventually(t, 20*time.Second, "the copy to be seen", func() bool {
		for _, c := range e.watcher.Containers() {
			if c.ID == made.ID {
				return true
			}
		}
		return false
	})
	if all := sandboxesNamed(e, name); len(all) != 1 || all[0].ContainerID != first.ContainerID {
		t.Errorf("it is shown as %+v", all)
	}
	if v := finish(t, e, e.DeleteData(name)); !errors.Is(v.Err, fault.VolumeInUse) || !strings.Contains(v.Err.Error(), "copy-of-"+name) {
		t.Errorf("the deletion ends with %v", v.Err)
	}
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
}

// What is followed and asked for its health is what is shown.
func TestASandboxIsOneContainerWhateverElseHasItsLabel(t *testing.T) {
	of := func(id, name, container string) watch.Container {
		return watch.Container{ID: id, Name: container, Sandbox: name != "", Labels: map[string]string{sandbox.LabelName: name}}
	}
	var ids []string
	for _, c := range oneEach([]watch.Container{
		of("copy", "a", "copy-of-a"), of("its own", "a", "berth-a"), of("set aside", "a", "berth-a.old"),
		of("renamed", "b", "elsewhere"), of("another's", "", "berth-c"),
	}) {
		ids = append(ids, c.ID)
	}
	if want := []string{"its own", "renamed"}; !slices.Equal(ids, want) {
		t.Errorf("%q stand for sandboxes, want %q", ids, want)
	}
}
