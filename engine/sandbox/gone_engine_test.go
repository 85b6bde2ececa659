package sandbox

import (
	"context"
	"errors"
	"testing"

	"github.com/docker/docker/api/types/image"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

func TestAnImageThatIsGoneIsSaidAndNothingStays(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	if _, err := create(t, e.Client, Spec{Name: name, Image: "localhost/" + name + ":absent"}); !errors.Is(err, fault.ImageNotFound) {
		t.Errorf("got %v", err)
	}
	if found, err := Find(t.Context(), e.Client, name); found != nil || err != nil {
		t.Errorf("found %+v, %v", found, err)
	}
	for _, one := range []string{volume.Name(agent.Session, name), fillingMark(name)} {
		if there, err := volume.Exists(t.Context(), e.Client, one); there || err != nil {
			t.Errorf("the volume %s is left, %v", one, err)
		}
	}
}

// An engine keeps the layers that a container is made of, whatever becomes of the image's name; one that does not has to say what
// is missing.
func TestAnImageThatIsRemovedBetweenCreateAndStartIsNoTroubleOrIsSaid(t *testing.T) {
	for engine, of := range map[string]func(testing.TB) *enginetest.Engine{"Docker": enginetest.Shared, "Podman": enginetest.Podman} {
		t.Run(engine, func(t *testing.T) {
			e := of(t)
			name, ref := enginetest.Name(t), imageWithStandIn(t, e.Client)
			made := mustCreate(t, e.Client, Spec{Name: name, Image: ref})
			_, removed := e.Client.ImageRemove(t.Context(), ref, image.RemoveOptions{Force: true})
			if removed != nil {
				t.Logf("the engine does not let it go: %v", removed)
			}
			found, err := Find(t.Context(), e.Client, name)
			if removed == nil && found == nil { // Podman, by force, removes the containers with it
				err = inTask(t, func(ctx context.Context, own *task.Task) error {
					_, err := Start(ctx, e.Client, own, name, agent.V1)
					return err
				})
				if !errors.Is(err, fault.NotFound) || fault.From("", err).Remedy == "" {
					t.Errorf("the start ends with %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if started := start(t, e.Client, name); started.ID != made.ID || !started.Inspect.State.Running {
				t.Errorf("it is %+v", started.Inspect.State)
			}
		})
	}
}
