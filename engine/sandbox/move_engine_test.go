package sandbox

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// cutShort leaves a sandbox as a Berth does that dies between removing its container and naming the one at the other port as that one.
func cutShort(t *testing.T, e *enginetest.Engine, it *Found) {
	t.Helper()
	if err := e.Client.ContainerRename(t.Context(), it.ID, nextName(it.Spec.Name)); err != nil {
		t.Fatal(err)
	}
}

// Without a connect in between: the Berth that goes on was connected while the other one died.
func TestAMoveThatWasCutShortIsEndedBeforeTheSandboxIsLookedFor(t *testing.T) {
	e := enginetest.Shared(t)
	it := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client), Memory: 1 << 30})
	name := it.Spec.Name
	cutShort(t, e, it)
	if _, err := create(t, e.Client, Spec{Name: name, Image: it.Spec.Image}); !errors.Is(err, fault.NameTaken) {
		t.Errorf("a second one beside it: %v", err)
	}
	release, err := volume.Lease(t.Context(), e.Client, it.Inspect.Image, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := EndMove(t.Context(), e.Client, name); !errors.Is(err, volume.ErrHeld) {
		t.Errorf("what another one is at: %v", err)
	}
	release()
	note, err := EndMove(t.Context(), e.Client, name)
	if err != nil || !strings.HasSuffix(note, "so it was carried through.") {
		t.Errorf("told %q, %v", note, err)
	}
	if found, err := Find(t.Context(), e.Client, name); err != nil || found == nil || found.ID != it.ID {
		t.Errorf("found %v, %v", found, err)
	}
	if note, err := EndMove(t.Context(), e.Client, name); note != "" || err != nil {
		t.Errorf("with nothing to end it told %q, %v", note, err)
	}
}

// The new container of a change was on the way to another port. Only it names the data that have to come back.
func TestAChangeWhoseNewContainerWasMovingIsTakenBackWhole(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := old.Spec.Name
	start(t, e.Client, name)
	e.Sh(t, old.ID, "echo before > "+word)
	changed := replaceWithPoint(t, e, old)
	start(t, e.Client, name)
	e.Sh(t, changed.ID, "echo after > "+word)
	if err := e.Client.ContainerStop(t.Context(), changed.ID, container.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	cutShort(t, e, changed)
	note, err := TakeBackAlone(t.Context(), e.Client, name)
	if err != nil || !strings.HasSuffix(note, "so the container from before it is back. What was there is kept as a rollback point.") {
		t.Errorf("told %q, %v", note, err)
	}
	found, err := Find(t.Context(), e.Client, name)
	if err != nil || found == nil || found.ID != old.ID || !found.Inspect.State.Running {
		t.Fatalf("found %v, %v", found, err)
	}
	e.Sh(t, old.ID, "grep -q before "+word)
	if all := e.Containers(t, name); len(all) != 1 {
		t.Errorf("its containers are %q", all)
	}
}

// replaceWithPoint makes the new container of a change that may touch the sessions.
func replaceWithPoint(t *testing.T, e *enginetest.Engine, old *Found) (changed *Found) {
	t.Helper()
	old, err := Find(t.Context(), e.Client, old.Spec.Name)
	if err != nil {
		t.Fatal(err)
	}
	with, err := volume.NewCopier(t.Context(), e.Client, old.Inspect.Image)
	if err != nil {
		t.Fatal(err)
	}
	point, err := NewPoint(t.Context(), e.Client, old.Spec.Name, "update", []agent.Role{agent.Session})
	if err != nil {
		t.Fatal(err)
	}
	spec := old.Spec
	spec.Memory = 1 << 30
	err = inTask(t, func(ctx context.Context, own *task.Task) (err error) {
		changed, err = Replace(ctx, e.Client, own, old, Change{
			CreateOptions: CreateOptions{Spec: spec, Agent: agent.V1, Password: "secret"}, With: with, Point: point,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// What was set aside moved to another port itself: the engine is not done with the one before it.
func TestWhatIsOnTheWayIsTheOldOneOfAChangeNotWhatItReplaces(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := old.Spec.Name
	spec := old.Spec
	spec.Memory = 1 << 30
	replace(t, e, spec)
	undying(t, e, old.ID)
	var next string
	err := inTask(t, func(ctx context.Context, own *task.Task) (err error) {
		next, err = place(ctx, e.Client, placing{spec: old.Spec, knows: agent.V1, password: "secret", as: nextName(name), takes: setAsideName(name)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if aside, err := setAside(t.Context(), e.Client, name); err != nil || aside == nil || aside.ID != next {
		t.Errorf("set aside is %v, %v", aside, err)
	}
	if done, err := accepted(t.Context(), e.Client, name); err != nil || done {
		t.Errorf("it counts as accepted: %v, %v", done, err)
	}
}
