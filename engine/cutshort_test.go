package engine

import (
	"testing"

	"github.com/docker/docker/api/types/container"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// Another Berth gives a sandbox another port, or changes it, and dies when its container has another name. This one was connected all along.
func TestASandboxThatAnotherBerthDiedAtIsStartedAsItWas(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	name, to := enginetest.Name(t), enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	deleteAtTheEnd(t, of, to)
	e := open(t, of.Host, nil)
	_, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref, Memory: 1 << 30, Env: map[string]string{"CHOSEN": "yes"}}))
	before, err := sandbox.Find(t.Context(), of.Client, name)
	if err != nil || before == nil {
		t.Fatalf("found %v, %v", before, err)
	}
	const moved, changed = ": giving it another port was interrupted, so it was carried through.", ": a change was interrupted, so the container from before it is back."
	for _, one := range []struct {
		what, suffix, told string
		command            func() task.ID
		fails              fault.Kind
	}{
		{"a start after a move", ".next", moved, func() task.ID { return e.Start(name) }, ""},
		{"a restart after a move", ".next", moved, func() task.ID { return e.Restart(name) }, ""},
		{"a start after a change", ".old", changed, func() task.ID { return e.Start(name) }, ""},
		{"a new one of that name", ".old", changed, func() task.ID { return e.Create(sandbox.Spec{Name: name, Image: ref}) }, fault.NameTaken},
		{"a clone after a change", ".old", changed, func() task.ID { return e.Clone(name, to) }, ""},
	} {
		if err := of.Client.ContainerStop(t.Context(), before.ID, container.StopOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := of.Client.ContainerRename(t.Context(), before.ID, sandbox.ContainerName(name)+one.suffix); err != nil {
			t.Fatal(err)
		}
		known := len(told(e, name+one.told))
		if v := finish(t, e, one.command()); fault.KindOf(v.Err) != one.fails {
			t.Errorf("%s ends with %v", one.what, v.Err)
		}
		after, err := sandbox.Find(t.Context(), of.Client, name)
		if err != nil || after == nil || after.ID != before.ID {
			t.Fatalf("%s: found %v, %v", one.what, after, err)
		}
		if all := of.Containers(t, name); len(all) != 1 {
			t.Errorf("%s: its containers are %q", one.what, all)
		}
		if len(told(e, name+one.told)) != known+1 {
			t.Errorf("%s: what was ended is not told", one.what)
		}
	}
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
	waitHealthy(t, e, to)
	left.find(t, ask(t, e, to))
}
