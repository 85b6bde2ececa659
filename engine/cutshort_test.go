package engine

import (
	"testing"

	"github.com/docker/docker/api/types/container"

	"berth/engine/enginetest"
	"berth/engine/sandbox"
)

// Another Berth gives a sandbox another port, and dies when the container at the old one is gone. This one was connected all along.
func TestASandboxWhoseMoveToAnotherPortAnotherBerthDiedInIsStartedAsItWas(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	e := open(t, of.Host, nil)
	_, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref, Memory: 1 << 30, Env: map[string]string{"CHOSEN": "yes"}}))
	before, err := sandbox.Find(t.Context(), of.Client, name)
	if err != nil || before == nil {
		t.Fatalf("found %v, %v", before, err)
	}
	for what, command := range map[string]func(){
		"start":   func() { mustFinish(t, e, e.Start(name)) },
		"restart": func() { mustFinish(t, e, e.Restart(name)) },
	} {
		if err := of.Client.ContainerStop(t.Context(), before.ID, container.StopOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := of.Client.ContainerRename(t.Context(), before.ID, sandbox.ContainerName(name)+".next"); err != nil {
			t.Fatal(err)
		}
		command()
		after, err := sandbox.Find(t.Context(), of.Client, name)
		if err != nil || after == nil || after.ID != before.ID || !after.Inspect.State.Running {
			t.Fatalf("%s: found %v, %v", what, after, err)
		}
		if all := of.Containers(t, name); len(all) != 1 {
			t.Errorf("%s: its containers are %q", what, all)
		}
		waitHealthy(t, e, name)
		left.find(t, ask(t, e, name))
	}
	if told(e, name+": giving it another port was interrupted, so it was carried through.") == nil {
		t.Error("it is not told")
	}
}
