package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// clashes is how many taken ports in a row are answered by another one.
const clashes = 20

// Started is a sandbox whose container runs.
type Started struct {
	Found
	Notes []string // what a person should know: another port, paths that are on no volume
}

// Start starts a sandbox's container; one that runs is left alone. When something else holds its port, the container is
// made anew with the next free one, which the spec remembers; its volumes stay, and a note says so.
func Start(ctx context.Context, cli *client.Client, t *task.Task, name string, knows agent.Agent) (*Started, error) {
	step := startStep(t, name)
	step.Begin("starting")
	found, err := Find(ctx, cli, name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, gone("start", name)
	}
	started := &Started{}
	first := found.Spec.Port
	found, err = runSomewhere(ctx, cli, found, knows, func(taken int) { step.Begin(fmt.Sprintf("port %d is taken", taken)) })
	if err != nil {
		return nil, err
	}
	if found.Spec.Port != first {
		started.Notes = append(started.Notes, fmt.Sprintf("Port %d is taken by something else, so %s is now at port %d.", first, name, found.Spec.Port))
	}
	if found, err = Find(ctx, cli, name); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, gone("start", name)
	}
	for _, p := range Unkept(KeptBy(found.Inspect.Mounts), knows) {
		started.Notes = append(started.Notes, fmt.Sprintf("%s is on no volume: what opencode writes there is lost when %s is removed or updated.", p, name))
	}
	started.Found = *found
	step.Done("running")
	return started, nil
}

// runSomewhere brings the container into the running state, at its own port or else at the next free one.
func runSomewhere(ctx context.Context, cli *client.Client, found *Found, knows agent.Agent, moves func(taken int)) (*Found, error) {
	for n := 0; ; n++ {
		err := run(ctx, cli, found, knows)
		if err == nil {
			return found, nil
		}
		if n == clashes || !errors.Is(err, fault.PortInUse) {
			return nil, err
		}
		moves(found.Spec.Port)
		if found, err = movePort(ctx, cli, found, knows); err != nil {
			return nil, err
		}
	}
}

func gone(verb, name string) error {
	return &fault.Error{
		Kind: fault.NotFound, Op: verb + " sandbox " + name, Why: "its container is gone",
		Remedy: "Start it: Berth makes it anew on the same volumes.", Action: fault.Retry,
	}
}

// run brings the container into the running state, from whichever it is in.
func run(ctx context.Context, cli *client.Client, found *Found, knows agent.Agent) error {
	op := "start sandbox " + found.Spec.Name
	state := found.Inspect.State
	switch {
	case state.Paused:
		if err := cli.ContainerUnpause(ctx, found.ID); err != nil {
			return fault.From(op, err)
		}
		return nil
	case state.Running:
		return nil
	case state.Status == "created":
		// Berth may have been killed between making it and preparing its mount points.
		if _, err := volume.Prepare(ctx, cli, found.ID, mountPoints(found.Spec, knows), knows.UID, knows.GID); err != nil {
			return err
		}
	}
	if err := notDeleting(ctx, cli, found.Spec.Name); err != nil {
		return err
	}
	if err := EndFill(ctx, cli, found.Spec.Name); err != nil { // with a container its volumes are whole
		return err
	}
	if err := preflight(ctx, cli, found, knows); err != nil {
		return err
	}
	if err := volume.Free(ctx, cli, found.Spec.Name, ownName(found.Spec.Name)); err != nil {
		return err
	}
	if err := ensureNetwork(ctx, cli, found.Spec.Name); err != nil {
		return err
	}
	if !volume.Holds(ctx, found.Spec.Name) { // looking at its volumes took a while: another Berth may have begun to change it
		if err := volume.NotHeld(ctx, cli, found.Spec.Name); err != nil {
			return err
		}
	}
	if err := cli.ContainerStart(ctx, found.ID, container.StartOptions{}); err != nil {
		return fault.From(op, err)
	}
	return nil
}

// preflight refuses a start that opencode would end with EACCES, and says what belongs to somebody else.
func preflight(ctx context.Context, cli *client.Client, found *Found, knows agent.Agent) error {
	foreign, err := volume.Foreign(ctx, cli, found.ID, append(slices.Clone(knows.Writes), knows.Database), knows.UID, knows.GID)
	if err != nil || len(foreign) == 0 {
		return err
	}
	return &fault.Error{
		Kind: fault.NotWritable, Op: "start sandbox " + found.Spec.Name, Action: fault.RepairOwnership,
		Why:    fmt.Sprintf("opencode's user (%d) may not write to %s", knows.UID, strings.Join(foreign, ", ")),
		Remedy: "Repair the ownership: all that its volumes hold is given to that user.",
	}
}

// movePort makes the container anew with the next free port, be it in its place or set aside. The new one has a name of its own
// until the old one is gone, so that a crash in between leaves something Recover can finish. The recovery of another Berth that
// connects meanwhile is kept from it by a lease, unless a caller holds it already.
func movePort(ctx context.Context, cli *client.Client, found *Found, knows agent.Agent) (*Found, error) {
	spec := found.Spec
	ctx, release, err := volume.Hold(ctx, cli, found.Inspect.Image, spec.Name)
	if err != nil {
		return nil, err
	}
	defer release()
	port, err := freePort(ctx, cli, spec.Port+1, spec.Name, knows)
	if err != nil {
		return nil, err
	}
	spec.Port = port
	as := strings.TrimPrefix(found.Inspect.Name, "/")
	op := "give sandbox " + spec.Name + " another port"
	id, err := place(ctx, cli, placing{
		spec: spec, knows: knows, password: found.Password(knows), image: found.Inspect.Image, as: nextName(spec.Name), takes: as,
		change: changeOf(found.Inspect.Config.Labels), // it may be the new container of a change that is under way
	})
	if err != nil {
		return nil, err
	}
	after := context.WithoutCancel(ctx) // from here on it is finished
	if err := volume.RemoveContainer(after, cli, found.ID); err != nil {
		// Perhaps only the answer was lost. One of the two stays whatever happened; where the engine is away, Recover decides.
		old, look := cli.ContainerInspect(after, found.ID)
		if look == nil && !volume.Goes(old) {
			_ = cli.ContainerRemove(after, id, container.RemoveOptions{Force: true})
		}
		if !errdefs.IsNotFound(look) {
			return nil, fault.From(op, err)
		}
	}
	if err := cli.ContainerRename(after, id, as); err != nil {
		return nil, fault.From(op, err)
	}
	inspect, err := cli.ContainerInspect(ctx, id)
	if err != nil {
		return nil, fault.From(op, err)
	}
	return &Found{ID: id, Spec: spec, Inspect: inspect}, nil
}
