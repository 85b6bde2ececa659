package engine

import (
	"errors"
	"strings"
	"testing"

	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/volume"
)

func TestACloneIsASandboxOfItsOwn(t *testing.T) {
	enginetest.Slow(t)
	for engine, of := range map[string]*enginetest.Engine{"Docker": enginetest.Shared(t), "Podman": enginetest.Podman(t)} {
		t.Run(engine, func(t *testing.T) {
			ensureBuilt(t, of)
			gate := enginetest.NewGate(t, of.Host)
			e := open(t, gate.Host, nil)
			name, to := enginetest.Name(t), enginetest.Name(t)
			_, left := inUse(t, e, name, e.Start(name))
			asked := false
			gate.Before(func(request string) bool { return strings.HasSuffix(request, "/volumes/berth-filling-"+to) }, func() {
				asked = true
				if err := volume.NotHeld(t.Context(), of.Client, name); err != nil {
					t.Errorf("it is held although all of it is copied: %v", err)
				}
			})
			mustFinish(t, e, e.Clone(name, to))
			if !asked {
				t.Error("nobody asked whether it is still being made")
			}
			waitHealthy(t, e, to)
			left.find(t, ask(t, e, to))
			newSession(t, e, to, "only in the clone")
			if hasSession(t, e, name, "only in the clone") || waitHealthy(t, e, name).Address == waitHealthy(t, e, to).Address {
				t.Error("the two are one")
			}
			if v := finish(t, e, e.Clone(name, to)); !errors.Is(v.Err, fault.NameTaken) {
				t.Errorf("a name that is taken: %v", v.Err)
			}
			if v := finish(t, e, e.Clone(name, "A b")); !errors.Is(v.Err, fault.BadInput) {
				t.Errorf("a name that is none: %v", v.Err)
			}
			marks(t, of, to)
		})
	}
}

// marks fails when a mark of something unfinished is left.
func marks(t *testing.T, of *enginetest.Engine, name string) {
	t.Helper()
	list, err := of.Client.VolumeList(t.Context(), dockervolume.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list.Volumes {
		if strings.HasPrefix(v.Name, "berth-") && !strings.HasPrefix(v.Name, "berth-point-") && strings.HasSuffix(v.Name, name) {
			t.Errorf("the mark %s is left", v.Name)
		}
	}
}

// The engine is restarted in the middle of a clone, and another Berth takes back what is half made before this one goes on.
func TestACloneThatWasTakenBackMeanwhileIsNotMadeEmpty(t *testing.T) {
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	gate := enginetest.NewGate(t, of.Host)
	e := open(t, gate.Host, nil)
	name, to := enginetest.Name(t), enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	_, left := inUse(t, e, name, e.Create(sandbox.Spec{Name: name, Image: ref}))
	asked := false
	gate.Before(func(request string) bool { return strings.HasSuffix(request, "/volumes/berth-filling-"+to) }, func() {
		asked = true
		if err := sandbox.AbandonFill(t.Context(), of.Client, to); err != nil {
			t.Error(err)
		}
	})
	v := finish(t, e, e.Clone(name, to))
	if !asked || !errors.Is(v.Err, fault.EngineError) {
		t.Errorf("asked whether it is still being made: %v; it ended with %v", asked, v.Err)
	}
	nothingOf(t, of, to)
	waitHealthy(t, e, name)
	left.find(t, ask(t, e, name))
}
