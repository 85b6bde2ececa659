package sandbox

import (
	"context"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/task"
)

// undying removes a container that the engine cannot remove wholly, until mortal is called or the test ends.
func undying(t *testing.T, e *enginetest.Engine, id string) (mortal func()) {
	t.Helper()
	got, err := e.Client.ContainerInspect(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	layer := got.GraphDriver.Data["UpperDir"]
	if layer == "" {
		t.Skip("the engine does not tell where it keeps a container's own files, so no removal of it can be kept from its end")
	}
	if out, err := exec.CommandContext(t.Context(), "chattr", "+i", layer).CombinedOutput(); err != nil {
		t.Skipf("the engine's disk cannot keep a folder from being removed: %s", out)
	}
	mortal = sync.OnceFunc(func() {
		if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "chattr", "-i", layer).CombinedOutput(); err != nil {
			t.Errorf("a folder of the engine is left: %s", out)
		}
	})
	t.Cleanup(mortal)
	if err := e.Client.ContainerRemove(t.Context(), id, container.RemoveOptions{Force: true}); err == nil {
		t.Fatal("it could be removed")
	}
	return mortal
}

// Berth dies when it has accepted the change of a sandbox that did not run, and the engine has not done away with the old container.
func TestAChangeThatWasAcceptedIsNotTakenBack(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	spec := old.Spec
	spec.Memory = 1 << 30
	changed := replace(t, e, spec)
	mortal := undying(t, e, old.ID)
	name := old.Spec.Name
	if done, err := accepted(t.Context(), e.Client, name); err != nil || !done {
		t.Errorf("it counts as accepted: %v, %v", done, err)
	}
	if note, err := TakeBackAlone(t.Context(), e.Client, name); err == nil {
		t.Errorf("what cannot be removed is told as %q", note)
	}
	mortal()
	note, err := TakeBackAlone(t.Context(), e.Client, name)
	if err != nil || note != CarriedThrough(name) {
		t.Errorf("told %q, %v", note, err)
	}
	found, err := Find(t.Context(), e.Client, name)
	if err != nil || found == nil || found.ID != changed.ID {
		t.Fatalf("found %v, %v", found, err)
	}
	if all := e.Containers(t, name); len(all) != 1 {
		t.Errorf("its containers are %q", all)
	}
}

// The engine gets to the removal only after another Berth has looked how far the change had come.
func TestAChangeThatIsAcceptedWhileItIsTakenBackKeepsItsContainer(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := old.Spec.Name
	spec := old.Spec
	spec.Memory = 1 << 30
	changed := replace(t, e, spec)
	gate := enginetest.NewGate(t, e.Host)
	cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cli.Close() }()
	gone := false
	gate.Before(func(request string) bool { return strings.HasSuffix(request, changed.ID+"/stop") }, func() {
		gone = true
		if err := Settle(t.Context(), e.Client, name); err != nil {
			t.Error(err)
		}
	})
	if _, err := TakeBack(t.Context(), cli, name, Undo{}); err != nil || !gone {
		t.Errorf("it went before: %v; %v", gone, err)
	}
	found, err := Find(t.Context(), e.Client, name)
	if err != nil || found == nil || found.ID != changed.ID {
		t.Fatalf("found %v, %v", found, err)
	}
	if policy := found.Inspect.HostConfig.RestartPolicy; policy != changed.Inspect.HostConfig.RestartPolicy {
		t.Errorf("its restart policy is %v after %v", policy, changed.Inspect.HostConfig.RestartPolicy)
	}
	if all := e.Containers(t, name); len(all) != 1 {
		t.Errorf("its containers are %q", all)
	}
}

// word is a file on the volume of the sessions.
const word = "/home/opencode/.local/word"

// The same of one that ran: it goes on, on its own data.
func TestAChangeOfARunningSandboxThatIsAcceptedWhileItIsTakenBackGoesOn(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := old.Spec.Name
	start(t, e.Client, name)
	changed := replaceWithPoint(t, e, old)
	start(t, e.Client, name)
	e.Sh(t, changed.ID, "echo after > "+word)
	gate := enginetest.NewGate(t, e.Host)
	cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cli.Close() }()
	gate.Before(func(request string) bool { return strings.HasSuffix(request, changed.ID+"/stop") }, func() {
		if err := Settle(t.Context(), e.Client, name); err != nil {
			t.Error(err)
		}
	})
	did, err := TakeBack(t.Context(), cli, name, Undo{})
	if err != nil || !did.Accepted {
		t.Errorf("did %+v, %v", did, err)
	}
	found, err := Find(t.Context(), e.Client, name)
	if err != nil || found == nil || found.ID != changed.ID || !found.Inspect.State.Running {
		t.Fatalf("found %v, %v", found, err)
	}
	e.Sh(t, changed.ID, "grep -q after "+word)
}

// The new container is removed outside while it is waited for: the one who made the change knows what undoes it.
func TestAChangeWhoseNewContainerIsRemovedOutsideIsTakenBackWithItsData(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := old.Spec.Name
	start(t, e.Client, name)
	e.Sh(t, old.ID, "echo before > "+word)
	changed := replaceWithPoint(t, e, old)
	start(t, e.Client, name)
	e.Sh(t, changed.ID, "echo after > "+word)
	undo := Undo{Point: changeOf(changed.Inspect.Config.Labels).undo, Ran: true}
	if err := e.Client.ContainerRemove(t.Context(), changed.ID, container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if did, err := TakeBack(t.Context(), e.Client, name, undo); err != nil || did != (Back{}) {
		t.Errorf("did %+v, %v", did, err)
	}
	found, err := Find(t.Context(), e.Client, name)
	if err != nil || found == nil || found.ID != old.ID || !found.Inspect.State.Running {
		t.Fatalf("found %v, %v", found, err)
	}
	e.Sh(t, old.ID, "grep -q before "+word)
	if did, err := TakeBack(t.Context(), e.Client, name, undo); err != nil || !did.Nothing {
		t.Errorf("once more it did %+v, %v", did, err)
	}
}

// A taking back that fails is tried again, for ever if need be: what it keeps is kept once.
func TestWhatATakingBackKeepsIsKeptOnce(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := old.Spec.Name
	changed := replaceWithPoint(t, e, old)
	start(t, e.Client, name)
	undo, err := FindPoint(t.Context(), e.Client, name, changeOf(changed.Inspect.Config.Labels).undo)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		now, err := Find(t.Context(), e.Client, name)
		if err != nil || now == nil {
			t.Fatalf("found %v, %v", now, err)
		}
		if err := keepWhatCame(t.Context(), e.Client, now, old.Inspect.Image, *undo); err != nil {
			t.Fatal(err)
		}
	}
	if points, err := Points(t.Context(), e.Client, name); err != nil || len(points) != 2 {
		t.Errorf("its points are %+v, %v", points, err)
	}
}

// Its answer is lost, and Berth goes on.
func TestASettingAsideWhoseAnswerIsLostIsTakenBackAtOnce(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := old.Spec.Name
	start(t, e.Client, name)
	gate := enginetest.NewGate(t, e.Host)
	cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cli.Close() }()
	gate.Before(func(request string) bool { return strings.HasSuffix(request, "/rename") }, func() {
		if err := e.Client.ContainerRename(t.Context(), old.ID, setAsideName(name)); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	})
	err = inTask(t, func(ctx context.Context, own *task.Task) error {
		now, err := Find(ctx, cli, name)
		if err != nil {
			return err
		}
		_, err = Replace(ctx, cli, own, now, Change{CreateOptions: CreateOptions{Spec: old.Spec, Agent: agent.V1, Password: "secret"}})
		return err
	})
	found, look := Find(t.Context(), e.Client, name)
	if err == nil || look != nil || found == nil || found.ID != old.ID || !found.Inspect.State.Running {
		t.Errorf("it ended with %v; found %v, %v", err, found, look)
	}
}
