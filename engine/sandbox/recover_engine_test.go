package sandbox

import (
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/volume"
)

// A Berth that is killed between two calls leaves what these tests make by hand.
func TestRecoverFinishesOrTakesBackWhatWasLeftHalfDone(t *testing.T) {
	e := enginetest.Shared(t)
	ctx := t.Context()
	ref := imageWithStandIn(t, e.Client)

	alone := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: ref})
	if err := e.Client.ContainerRename(ctx, alone.ID, setAsideName(alone.Spec.Name)); err != nil {
		t.Fatal(err)
	}
	replaced := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: ref})
	if err := e.Client.ContainerRename(ctx, replaced.ID, setAsideName(replaced.Spec.Name)); err != nil {
		t.Fatal(err)
	}
	id, err := place(ctx, e.Client, placing{spec: replaced.Spec, knows: agent.V1, password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	helper, err := e.Client.ContainerCreate(ctx, &container.Config{Image: ref, Labels: map[string]string{volume.LabelHelper: id}}, nil, nil, nil, "helper-"+alone.Spec.Name)
	if err != nil {
		t.Fatal(err)
	}

	for round := range 2 { // the second finds nothing to do
		did, err := Recover(ctx, e.Client, nobody)
		if err != nil {
			t.Fatal(err)
		}
		mine := slices.DeleteFunc(did.Notes, func(n string) bool {
			return !strings.HasPrefix(n, alone.Spec.Name) && !strings.HasPrefix(n, replaced.Spec.Name)
		})
		if len(mine) != 2*(1-round) {
			t.Errorf("round %d: %q", round, mine)
		}
	}
	if found, err := Find(ctx, e.Client, alone.Spec.Name); err != nil || found == nil || found.ID != alone.ID {
		t.Errorf("the container without a successor was not brought back: %+v, %v", found, err)
	}
	if found, err := Find(ctx, e.Client, replaced.Spec.Name); err != nil || found == nil || found.ID != replaced.ID {
		t.Errorf("the container before an unfinished change is not back: %+v, %v", found, err)
	}
	for _, gone := range []string{id, helper.ID} {
		if _, err := e.Client.ContainerInspect(ctx, gone); err == nil {
			t.Errorf("%s is still there", gone)
		}
	}
}
