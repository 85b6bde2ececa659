package sandbox

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/enginetest"
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
	if err := TakeBack(t.Context(), cli, name); err != nil || !gone {
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
