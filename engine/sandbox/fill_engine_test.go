package sandbox

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	dockervolume "github.com/docker/docker/api/types/volume"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// beginFill begins to fill the volumes of a new sandbox, and gives the mark as a recovery lists it.
func beginFill(t *testing.T, e *enginetest.Engine, name string) *dockervolume.Volume {
	t.Helper()
	if err := BeginFill(t.Context(), e.Client, name, agent.Roles); err != nil {
		t.Fatal(err)
	}
	mark, err := e.Client.VolumeInspect(t.Context(), fillingMark(name))
	if err != nil {
		t.Fatal(err)
	}
	return &mark
}

// A recovery lists first and acts later: what it listed as half made, another Berth may be making anew by then.
func TestAFillingThatAnotherOneIsAtIsNotTakenBackByAnOldList(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	release, err := volume.Lease(t.Context(), e.Client, enginetest.BaseImage, name)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	mark := beginFill(t, e, name)
	earlier := *mark
	earlier.CreatedAt = "2001-02-03T04:05:06Z"
	for _, one := range []struct {
		what   string
		listed *dockervolume.Volume
		held   bool
		goes   bool
	}{
		{"while another one holds it", mark, true, false},
		{"of a mark that another filling made", &earlier, false, false},
		{"that nobody is at", mark, false, true},
	} {
		if !one.held {
			release()
		}
		notes, err := recoverFills(t.Context(), e.Client, stock{volumes: []*dockervolume.Volume{one.listed}}, nobody)
		if err != nil || (len(notes) == 1) != one.goes {
			t.Errorf("%s: told %q, %v", one.what, notes, err)
		}
		if there, err := volume.Exists(t.Context(), e.Client, volume.Name(agent.Session, name)); err != nil || there == one.goes {
			t.Errorf("%s: its sessions are there: %v, %v", one.what, there, err)
		}
	}
}

// A volume that was filled and is gone is not made again: an empty one would be taken for somebody's data.
func TestASandboxWhoseFilledVolumesAreGoneIsNotMadeEmpty(t *testing.T) {
	e := enginetest.Shared(t)
	ref := imageWithStandIn(t, e.Client)
	for _, late := range []bool{false, true} {
		name := enginetest.Name(t)
		beginFill(t, e, name)
		gate := enginetest.NewGate(t, e.Host)
		cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = cli.Close() }()
		goes := func() {
			if err := e.Client.VolumeRemove(t.Context(), volume.Name(agent.Session, name), false); err != nil {
				t.Error(err)
			}
		}
		if late {
			gate.Before(func(request string) bool { return strings.HasSuffix(request, "/containers/create") }, goes)
		} else {
			goes()
		}
		err = inTask(t, func(ctx context.Context, own *task.Task) error {
			_, err := Create(ctx, cli, own, CreateOptions{
				Spec: Spec{Name: name, Image: ref}, Agent: agent.V1, Password: "secret", FirstPort: 14096, Filled: true,
			})
			return err
		})
		if !errors.Is(err, fault.EngineError) {
			t.Errorf("late %v: it ends with %v", late, err)
		}
		if all := e.Containers(t, name); len(all) > 0 {
			t.Errorf("late %v: it has the containers %q", late, all)
		}
		if err := TakeFillBack(t.Context(), e.Client, name, true); err != nil {
			t.Error(err)
		}
		if there, err := volume.Exists(t.Context(), e.Client, volume.Name(agent.Session, name)); err != nil || there {
			t.Errorf("late %v: an empty volume stands for its sessions: %v, %v", late, there, err)
		}
	}
}

// A volume that is found in the way is somebody's, also where it has no label and the making of the sandbox failed.
func TestAFillingThatCouldNotBeginLeavesTheVolumeThatIsInItsWay(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	theirs := volume.Name(agent.Session, name)
	if _, err := e.Client.VolumeCreate(t.Context(), dockervolume.CreateOptions{Name: theirs}); err != nil {
		t.Fatal(err)
	}
	begun := BeginFill(t.Context(), e.Client, name, agent.Roles)
	if !errors.Is(begun, fault.NameTaken) {
		t.Errorf("it began: %v", begun)
	}
	if err := TakeFillBack(t.Context(), e.Client, name, begun == nil); err != nil {
		t.Error(err)
	}
	if there, err := volume.Exists(t.Context(), e.Client, theirs); err != nil || !there {
		t.Errorf("it is there: %v, %v", there, err)
	}
}

// Another Berth died when it had set the sandbox aside: what stands in beside that takes nothing with it.
func TestWhatStandsInBesideASandboxThatIsSetAsideGoesAlone(t *testing.T) {
	e := enginetest.Shared(t)
	it := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := it.Spec.Name
	stand := func() error {
		return inTask(t, func(ctx context.Context, own *task.Task) error {
			_, err := StandIn(ctx, e.Client, own, CreateOptions{Spec: it.Spec, Agent: agent.V1, Password: "secret"})
			return err
		})
	}
	if err := e.Client.ContainerRename(t.Context(), it.ID, setAsideName(name)); err != nil {
		t.Fatal(err)
	}
	if err := stand(); !errors.Is(err, fault.NameTaken) {
		t.Errorf("one stands in beside it: %v", err)
	}
	if err := e.Client.ContainerRemove(t.Context(), it.ID, container.RemoveOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := stand(); err != nil { // as one that was made in the moment before
		t.Fatal(err)
	}
	if _, err := e.Client.ContainerCreate(t.Context(), it.Inspect.Config, nil, nil, nil, setAsideName(name)); err != nil {
		t.Fatal(err)
	}
	if err := DropStandIn(t.Context(), e.Client, name); err != nil {
		t.Error(err)
	}
	if all := e.Containers(t, name); len(all) != 1 || all[0] != "/"+setAsideName(name) {
		t.Errorf("its containers are %q", all)
	}
}
