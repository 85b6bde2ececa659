package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

func TestAPortThatAnotherSandboxRemembersIsNotPicked(t *testing.T) {
	e := enginetest.Shared(t)
	ref := imageWithStandIn(t, e.Client)
	first := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: ref})
	second := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: ref})
	if first.Spec.Port == 0 || second.Spec.Port == first.Spec.Port {
		t.Errorf("both have port %d", first.Spec.Port)
	}
}

// aboutToMove takes a sandbox's port, so that its start moves it to another one, and gives a gate before the engine and a client of it.
func aboutToMove(t *testing.T, e *enginetest.Engine, it *Found) (*enginetest.Gate, *client.Client) {
	t.Helper()
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", it.Spec.Port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	gate := enginetest.NewGate(t, e.Host)
	cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cli.Close() })
	return gate, cli
}

// A sandbox gets another port in steps. A Berth of the same engine that connects between them takes nothing for left behind.
func TestARecoveryDuringAMoveToAnotherPortLeavesItAlone(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	before := mustCreate(t, e.Client, Spec{Name: name, Image: imageWithStandIn(t, e.Client)})
	gate, cli := aboutToMove(t, e, before)
	looked := false
	gate.Before(func(request string) bool {
		return strings.HasPrefix(request, "DELETE ") && strings.HasSuffix(request, before.ID)
	}, func() {
		looked = true
		if _, err := Recover(t.Context(), e.Client, nobody); err != nil {
			t.Error(err)
		}
	})
	after := start(t, cli, name)
	if !looked || after.Spec.Port == before.Spec.Port || !after.Inspect.State.Running {
		t.Errorf("looked %v, port %d after %d, it is %+v", looked, after.Spec.Port, before.Spec.Port, after.Inspect.State)
	}
	if held := volume.NotHeld(t.Context(), e.Client, name); held != nil {
		t.Errorf("it is still held: %v", held)
	}
}

// The engine does what it is asked, and is restarted before it says so. Of the two containers one has to stay.
func TestAMoveToAnotherPortWhoseAnswerIsLostLosesNoContainer(t *testing.T) {
	e := enginetest.Shared(t)
	for _, removed := range []bool{true, false} {
		t.Run(fmt.Sprintf("the old one is gone: %v", removed), func(t *testing.T) {
			name := enginetest.Name(t)
			before := mustCreate(t, e.Client, Spec{Name: name, Image: imageWithStandIn(t, e.Client)})
			gate, cli := aboutToMove(t, e, before)
			cut := false
			var cutAll func()
			cutAll = func() { // it may be asked again
				gate.Before(func(request string) bool {
					return strings.HasPrefix(request, "DELETE ") && strings.HasSuffix(request, before.ID)
				}, func() {
					if cut = true; removed {
						if err := e.Client.ContainerRemove(t.Context(), before.ID, container.RemoveOptions{Force: true}); err != nil {
							t.Error(err)
						}
					}
					cutAll()
					panic(http.ErrAbortHandler)
				})
			}
			cutAll()
			failed := inTask(t, func(ctx context.Context, own *task.Task) error {
				_, err := Start(ctx, cli, own, name, agent.V1)
				return err
			})
			if !cut {
				t.Fatal("it was not asked to remove the old one")
			}
			left, err := Find(t.Context(), e.Client, name)
			if err != nil || left == nil {
				t.Fatalf("found %v, %v; the move ended with %v", left, err, failed)
			}
			if moved := left.Spec.Port != before.Spec.Port; moved != removed || moved != (failed == nil) {
				t.Errorf("it has port %d after %d, and the move ended with %v", left.Spec.Port, before.Spec.Port, failed)
			}
			if n := e.Containers(t, name); len(n) != 1 {
				t.Errorf("its containers are %q", n)
			}
		})
	}
}

// Two Berths recover at once: what one of them listed, the other has moved meanwhile, or is just moving. The engine lists a container
// with both of its names then.
func TestARecoveryThatSeesAMoveOfAnotherOneLosesNoContainer(t *testing.T) {
	e := enginetest.Shared(t)
	name := enginetest.Name(t)
	it := mustCreate(t, e.Client, Spec{Name: name, Image: imageWithStandIn(t, e.Client)})
	listed := container.Summary{ID: it.ID, Names: []string{"/" + nextName(name)}, Labels: it.Inspect.Config.Labels}
	for what, byName := range map[string]map[string]*container.Summary{
		"before the old one went": {nextName(name): &listed, ContainerName(name): {ID: "of the past"}},
		"after the old one went":  {nextName(name): &listed},
		"with both names":         {nextName(name): &listed, ContainerName(name): &listed},
	} {
		if err := recoverMoves(t.Context(), e.Client, byName, nobody); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if found, err := Find(t.Context(), e.Client, name); err != nil || found == nil || found.ID != it.ID {
			t.Fatalf("%s: found %v, %v", what, found, err)
		}
	}

	if err := e.Client.ContainerRename(t.Context(), it.ID, nextName(name)); err != nil {
		t.Fatal(err)
	}
	foreign, err := e.Client.ContainerCreate(t.Context(), &container.Config{Image: it.Inspect.Image}, nil, nil, nil, ContainerName(name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = e.Client.ContainerRemove(context.Background(), foreign.ID, container.RemoveOptions{Force: true})
	}()
	err = recoverMoves(t.Context(), e.Client, map[string]*container.Summary{nextName(name): &listed}, nobody)
	if _, look := e.Client.ContainerInspect(t.Context(), nextName(name)); look != nil || !errors.Is(err, fault.NameTaken) {
		t.Errorf("with another one's container in its place: %v, then %v", err, look)
	}
}

// While the container from before a change was stopped, somebody took its port.
func TestAChangeThatIsTakenBackRunsThoughItsPortIsTaken(t *testing.T) {
	e := enginetest.Shared(t)
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	name := old.Spec.Name
	start(t, e.Client, name)
	spec := old.Spec
	spec.Memory = 1 << 30
	replace(t, e, spec)
	if err := e.Client.ContainerStop(t.Context(), setAsideName(name), container.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", old.Spec.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if _, err := TakeBack(t.Context(), e.Client, name, Undo{}); err != nil {
		t.Fatal(err)
	}
	back, err := Find(t.Context(), e.Client, name)
	if err != nil || back == nil {
		t.Fatalf("found %v, %v", back, err)
	}
	if !back.Inspect.State.Running || back.Spec.Port == old.Spec.Port || back.Spec.Memory != old.Spec.Memory {
		t.Errorf("it runs: %v, at port %d after %d, with %d bytes of memory", back.Inspect.State.Running, back.Spec.Port, old.Spec.Port, back.Spec.Memory)
	}
	if n := e.Containers(t, name); len(n) != 1 {
		t.Errorf("its containers are %q", n)
	}
}

// A sandbox that is taken back and moves to another port at that is never half way: Berth dies at each step of it, and the next
// one finds it set aside or in its place, and brings it where it was to come.
func TestADeathWhileWhatIsTakenBackMovesToAnotherPortLosesNothing(t *testing.T) {
	enginetest.Slow(t)
	e := &enginetest.Private(t).Engine // no other Berth recovers what is half done
	pulled, err := e.Client.ImagePull(t.Context(), enginetest.BaseImage, image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, pulled); err != nil {
		t.Fatal(err)
	}
	_ = pulled.Close()
	ref := imageWithStandIn(t, e.Client)
	steps := takeBackElsewhere(t, e, ref, 0)
	if len(steps) < 5 {
		t.Errorf("it has only %d steps to die at: %q", len(steps), steps)
	}
	for n := range steps {
		t.Run(fmt.Sprintf("after step %d", n+1), func(t *testing.T) { takeBackElsewhere(t, e, ref, n+1) })
	}
}

// takeBackElsewhere takes back the change of a new sandbox whose port somebody took meanwhile, dies after a step, if it is not 0,
// has what is left of it recovered, and looks at what came of it. It gives the steps.
func takeBackElsewhere(t *testing.T, e *enginetest.Engine, ref string, dieAfter int) []string {
	t.Helper()
	old := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: ref})
	name := old.Spec.Name
	start(t, e.Client, name)
	spec := old.Spec
	spec.Memory = 1 << 30
	replace(t, e, spec)
	taken, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", old.Spec.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	gate := enginetest.NewGate(t, e.Host)
	gate.DieAt(dieAfter, true)
	cli, err := client.NewClientWithOpts(client.WithHost(gate.Host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cli.Close() }()
	if _, err := TakeBack(t.Context(), cli, name, Undo{}); (err != nil) != (dieAfter > 0) || gate.Dead() != (dieAfter > 0) {
		t.Errorf("dead %v: %v", gate.Dead(), err)
	}
	enginetest.Eventually(t, 30*time.Second, "the recovery of what the dead one held", func() bool {
		held := volume.NotHeld(t.Context(), e.Client, name)
		did, err := Recover(t.Context(), e.Client, func(other string) bool { return other != name })
		if err != nil {
			t.Error(err)
		}
		return held == nil && len(did.Pending) == 0 && !Unfinished(t.Context(), e.Client, name)
	})
	back, err := Find(t.Context(), e.Client, name)
	if err != nil || back == nil {
		t.Fatalf("found %v, %v", back, err)
	}
	if !back.Inspect.State.Running || back.Spec.Port == old.Spec.Port || back.Spec.Memory != old.Spec.Memory {
		t.Errorf("it runs: %v, at port %d after %d, with %d bytes of memory", back.Inspect.State.Running, back.Spec.Port, old.Spec.Port, back.Spec.Memory)
	}
	if n := e.Containers(t, name); len(n) != 1 {
		t.Errorf("its containers are %q", n)
	}
	if t.Failed() {
		t.Logf("it died after the last of %q", gate.Asked())
	}
	return gate.Asked()
}
