package engine

import (
	"strings"
	"testing"
	"time"

	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

// itsContainer says yes to the request for the container of a sandbox that is made anew: the first after that for its network.
func itsContainer() func(request string) bool {
	network := false
	return func(request string) bool {
		network = network || strings.HasSuffix(request, "/networks/create")
		return network && strings.HasSuffix(request, "/containers/create")
	}
}

// volumesOf are the volumes with that text in their names.
func volumesOf(t *testing.T, of *enginetest.Engine, name string) (all []string) {
	t.Helper()
	list, err := of.Client.VolumeList(t.Context(), dockervolume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list.Volumes {
		if strings.Contains(v.Name, name) {
			all = append(all, v.Name)
		}
	}
	return all
}

// What it would leave looks like the data of a sandbox that is gone, and its name would be taken.
func TestADeathBetweenVolumesAndContainerLeavesNothing(t *testing.T) {
	of := enginetest.Shared(t)
	spec := sandbox.Spec{Name: enginetest.Name(t), Image: ensureBuilt(t, of)}
	gate := enginetest.NewGate(t, of.Host)
	first := open(t, gate.Host, nil)
	gate.Before(itsContainer(), gate.Die)
	first.Create(spec)
	enginetest.Eventually(t, time.Minute, "the death", gate.Dead)
	first.Close()
	if all := volumesOf(t, of, spec.Name); len(all) != len(agent.Roles)+1 { // with the mark
		t.Errorf("what it died in is %q", all)
	}

	next := open(t, of.Host, nil)
	enginetest.Eventually(t, time.Minute, "what was half made to be told of", func() bool { return len(told(next, spec.Name+": making it was interrupted, so")) == 1 })
	nothingOf(t, of, spec.Name)
	mustFinish(t, next, next.Create(spec))
	waitHealthy(t, next, spec.Name)
	marks(t, of, spec.Name)
}

// They are what was kept when the sandbox was removed.
func TestADeathWhileVolumesAreTakenOverLeavesThemAsTheyWere(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	spec := sandbox.Spec{Name: enginetest.Name(t), Image: ensureBuilt(t, of)}
	gate := enginetest.NewGate(t, of.Host)
	first := open(t, gate.Host, nil)
	_, left := inUse(t, first, spec.Name, first.Create(spec))
	mustFinish(t, first, first.Remove(spec.Name))
	gate.Before(itsContainer(), gate.Die)
	first.Create(spec)
	enginetest.Eventually(t, time.Minute, "the death", gate.Dead)
	first.Close()

	next := open(t, of.Host, nil)
	enginetest.Eventually(t, time.Minute, "the connection", func() bool { return next.Snapshot().Listed })
	if all := volumesOf(t, of, spec.Name); len(all) != len(agent.Roles)+1 { // and the mark of what it was
		t.Errorf("its volumes are %q", all)
	}
	mustFinish(t, next, next.Create(spec))
	waitHealthy(t, next, spec.Name)
	left.find(t, ask(t, next, spec.Name))
}

// Another Berth of the same engine connects while the volumes are there and the container is not.
func TestARecoveryDuringACreateLeavesItAlone(t *testing.T) {
	of := enginetest.Shared(t)
	spec := sandbox.Spec{Name: enginetest.Name(t), Image: ensureBuilt(t, of)}
	gate := enginetest.NewGate(t, of.Host)
	e := open(t, gate.Host, nil)
	looked := false
	gate.Before(itsContainer(), func() {
		looked = true
		did, err := sandbox.Recover(t.Context(), of.Client, func(string) bool { return false })
		if err != nil || len(did.Leases) == 0 {
			t.Errorf("it was not seen to be at work: %+v, %v", did, err)
		}
	})
	mustFinish(t, e, e.Create(spec))
	waitHealthy(t, e, spec.Name)
	if !looked {
		t.Error("nothing was looked at in the middle of it")
	}
	marks(t, of, spec.Name)
	if err := volume.NotHeld(t.Context(), of.Client, spec.Name); err != nil {
		t.Error(err)
	}
	for _, role := range agent.Roles {
		v, err := of.Client.VolumeInspect(t.Context(), volume.Name(role, spec.Name))
		if err != nil || v.Labels[sandbox.LabelName] != spec.Name { // an engine makes one without labels where a container needs it
			t.Errorf("%+v, %v", v, err)
		}
	}
}
